"""Memory that no limit counts, and keys that stay, refused by a filter of system calls (Linux,
seccomp(2)).

The filter is a program of the kernel's classic BPF, written here as lines with the names of the
places to which they jump.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

# By these a process gets memory that is no process's own, so that no limit of ours would count it:
# memfd_create, memfd_secret, shmget, msgget, fsopen; a key in a keyring, which the next submission
# would find: add_key, request_key, keyctl; and io_uring_setup, whose threads and buffers are the
# kernel's. Then mount, of a new file system only, and seccomp itself; the first number is the
# kernel's for the machine (AUDIT_ARCH_...).
SYSTEM_CALLS = {
    "x86_64": (0xC000003E, (319, 447, 29, 68, 430, 248, 249, 250, 425), 165, 317),
    "aarch64": (0xC00000B7, (279, 447, 194, 186, 430, 217, 218, 219, 425), 40, 277),
}
MS_REMOUNT, MS_BIND, MS_MOVE, MS_PROPAGATION, MS_MAGIC = 32, 4096, 8192, 0b1111 << 17, 0xC0ED0000
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1, 4


def refuse_what_no_limit_counts() -> None:
    """Let the calls above fail with ENOSYS, in this process and all that come of it. Nothing
    changes on another kind of machine."""
    if os.uname().machine not in SYSTEM_CALLS:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    architecture, refused, mount, seccomp = SYSTEM_CALLS[os.uname().machine]
    load, jump_equal, jump_least, jump_bits, mask, give = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
    lines: list[tuple[int, str, str, int]] = [  # code, where to if it is so and if not, operand
        (load, "", "", 4),  # the architecture
        (jump_equal, "", "refuse", architecture),
        (load, "", "", 0),  # the number of the call
        (jump_least, "refuse", "", 0x40000000),  # the same calls once more, for x32
        *((jump_equal, "refuse", "", number) for number in refused),
        (jump_equal, "", "allow", mount),
        (load, "", "", 16 + 3 * 8),  # its flags
        (jump_bits, "allow", "", MS_BIND | MS_REMOUNT | MS_MOVE),
        (mask, "", "", 0xFFFF0000),
        (jump_equal, "refuse", "", MS_MAGIC),  # of old programs; in it are bits of the next
        (jump_bits, "allow", "refuse", MS_PROPAGATION),
        (give, "", "", 0x7FFF0000),  # allow
        (give, "", "", 0x00050000 | errno.ENOSYS),  # refuse
    ]
    places = {"allow": len(lines) - 2, "refuse": len(lines) - 1}
    code = b"".join(
        struct.pack("HBBI", what, *(places.get(to, at + 1) - at - 1 for to in (yes, no)), operand)
        for at, (what, yes, no, operand) in enumerate(lines)
    )
    program = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HP", len(lines), ctypes.addressof(program))
    # without the flag older kernels slow the process down
    flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW
    if libc.syscall(seccomp, SECCOMP_SET_MODE_FILTER, flags, header) != 0:
        raise OSError(ctypes.get_errno(), "seccomp: the filter was refused")
