"""Settings of the whole suite."""

import os

from hypothesis import settings

# A shared machine may be slow at any moment: examples have no deadline. In CI the examples are the
# same each time, so that a change lands or not by what it changes; elsewhere they are new ones.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
