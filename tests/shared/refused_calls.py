"""Runs programs on a kernel that refuses a system call, as containers and gVisor do: by a filter of seccomp."""

import ctypes
import struct
import subprocess

import pytest

IO_URING_SETUP = 425  # these numbers are the same on all of Linux's architectures but alpha
IO_URING_ENTER = 426

_NO_NEW_PRIVILEGES = 38
_SECCOMP = 22
_WITH_FILTER = 2
_LOAD_NUMBER, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ERROR, _ALLOW = 0x00050000, 0x7FFF0000


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def refusal(call, error):
    """For subprocess's preexec_fn: from then on the call fails with this errno, in the program and all it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = b"".join(struct.pack("HBBI", *instruction) for instruction in (
        (_LOAD_NUMBER, 0, 0, 0), (_IF_EQUAL, 0, 1, call), (_RETURN, 0, 0, _ERROR | error), (_RETURN, 0, 0, _ALLOW)))
    program = _Program(4, instructions)

    def refuse():
        if libc.prctl(_NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0 or libc.prctl(
                _SECCOMP, ctypes.c_ulong(_WITH_FILTER), ctypes.byref(program)) != 0:
            raise OSError(ctypes.get_errno(), "no filter of seccomp")

    try:
        subprocess.run(["true"], preexec_fn=refuse, check=True)  # pylint: disable=subprocess-popen-preexec-fn
    except subprocess.SubprocessError:
        pytest.skip("no filter of system calls can be set here")
    return refuse
