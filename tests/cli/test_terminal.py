"""Progress on a real terminal: a pseudo-terminal of the operating system."""

import os
import pty
import subprocess
import sys
from pathlib import Path


def test_a_terminal_gets_a_live_line_and_no_traceback(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "synth_agent", "generate", "600 sentiment examples, balanced",
         "--run-dir", str(tmp_path / "run")],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the terminal was hung up: the process has ended
            pass
        os.close(ours)

    text = shown.decode()
    assert process.returncode == 0, text
    assert "Traceback" not in text
    assert "600 of 600" in text
    assert "/s" in text
    assert "\x1b[" in text
