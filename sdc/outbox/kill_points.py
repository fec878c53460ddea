"""Named points at which a test lets the process die, to prove that what was acknowledged is there after a restart.

Outside a test the environment names no point, and reaching one does nothing.
"""

import os
import signal

ENVIRONMENT_NAME = "SDC_KILL_AT"
_ARMED = os.environ.get(ENVIRONMENT_NAME)


def reach(point: str) -> None:
    """Die here at once, as by `kill -9`, when the environment names this point."""
    if point == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
