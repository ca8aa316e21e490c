"""Scripts that run in the child process, by path, with the standard library alone.

They never import the package, and the package never imports them: `launch` shuts the process in and
starts `runner`, which loads `guard`, `suite` and `pytest_shim` from beside itself.
"""

__all__ = []
