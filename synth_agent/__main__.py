"""`python -m synth_agent` is the command `synth-agent`."""

from synth_agent.cli import main

if __name__ == "__main__":
    main()
