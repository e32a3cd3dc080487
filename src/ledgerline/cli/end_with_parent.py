"""Become another program, under another account, that the kernel ends with its parent.

Run as a script of its own, because what it does must happen between fork and exec, where a process
with threads may run no Python (``preexec_fn`` can hang for ever). It imports nothing of ours.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: str, uid: str, gid: str, *command: str) -> None:
    """Replace this process by ``command``; ``uid`` and ``gid`` are empty to stay who we are.

    Linux only: SIGINT, PostgreSQL's fast shutdown, comes when the thread that started us ends.
    Elsewhere the program just runs.
    """
    if uid:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of account, which would clear it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != int(parent):  # it ended before we could ask
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the program our caller chose, no shell


if __name__ == "__main__":
    main(*sys.argv[1:])
