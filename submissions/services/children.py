"""Untrusted files are read in a child process: limits on time, memory and output, no network, no environment."""

from __future__ import annotations

import ctypes
import subprocess
import sys

SECONDS = 5  # of CPU: a version is drawn and checked in ten. By the clock twice that, since others may be at work
BYTES = 2 * 1024**3
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def said_by(script: str, *arguments: str) -> str | None:
    """What a script of ours prints about a file; None if it failed or met a limit, and then the file is for download only."""
    command = [sys.executable, "-I", "-B", script, *arguments]
    try:
        done = subprocess.run(  # noqa: S603  (no shell; the path is our own)
            command, capture_output=True, timeout=2 * SECONDS, preexec_fn=_limit, check=False, text=True, env={}
        )
    except (subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout if done.returncode == 0 else None


def _limit() -> None:
    import resource  # noqa: PLC0415  (POSIX only)

    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # A network of its own, in which there is nothing; where the kernel does not allow it, the scripts still open no connection.
    if hasattr(_LIBC, "unshare"):
        _LIBC.unshare(_NEW_USER | _NEW_NET)
