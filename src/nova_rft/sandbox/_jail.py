"""Enters namespaces of its own and starts the harness there; run as `python -I -S _jail.py SETTINGS`.

Standard library alone. Afterwards there is: another user without capabilities, no network beyond a
loopback that is down, its own process tree (which ends with its first process), a root that holds
Python and the system's libraries, read-only, and a small scratch folder in memory. Limits of man 2
setrlimit hold in any case. Exit status 97 with a sentence means: the kernel denies it.
"""

import ctypes
import json
import os
import resource
import sys
from typing import Any

Settings = dict[str, Any]
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, NOATIME, NODIRATIME, BIND, REC, PRIVATE, RELATIME = (
    1,
    2,
    4,
    8,
    32,
    1024,
    2048,
    4096,
    16384,
    1 << 18,
    1 << 21,
)
DETACH = 2
SET_PDEATHSIG, SET_NO_NEW_PRIVS = 1, 38
NOBODY = 65534
DENIED = 97
libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    arguments = [text.encode() if text else None for text in (source, target, kind)]
    check(libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() or None), "mount " + target)


def unshare(flags: int, what: str) -> None:
    check(libc.unshare(flags), "unshare " + what)


def write(path: str, text: str) -> None:
    with open(path, "w") as stream:
        stream.write(text)


def map_user(user: int, group: int) -> None:
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{NOBODY} {user} 1")
    write("/proc/self/gid_map", f"{NOBODY} {group} 1")


def bind(source: str, target: str) -> None:
    """Binds a folder or file read-only; what its own mount forbids stays forbidden."""
    mount(source, target, "", BIND | REC)
    kept = 0
    stat = os.statvfs(target)
    for flag, bit in (
        (os.ST_NOSUID, NOSUID),
        (os.ST_NODEV, NODEV),
        (os.ST_NOEXEC, NOEXEC),
        (os.ST_NOATIME, NOATIME),
        (os.ST_NODIRATIME, NODIRATIME),
        (os.ST_RELATIME, RELATIME),
    ):
        if stat.f_flag & flag:
            kept |= bit
    mount("", target, "", BIND | REMOUNT | RDONLY | kept)


def build_root(settings: Settings) -> None:
    """A root in memory with what Python needs, and nothing of the machine beside it."""
    mount("", "/", "", REC | PRIVATE)
    # Over the folder that it was started in, which hides nothing that is needed.
    root = os.getcwd()
    mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for path in settings["visible"]:
        inside = root + path
        if os.path.islink(path):
            os.makedirs(os.path.dirname(inside), exist_ok=True)
            if not os.path.lexists(inside):
                os.symlink(os.readlink(path), inside)
        elif os.path.isdir(path):
            os.makedirs(inside, exist_ok=True)
            bind(path, inside)
        elif os.path.exists(path):
            os.makedirs(os.path.dirname(inside), exist_ok=True)
            open(inside, "w").close()
            # A device under a read-only bind can still be written to, as it should.
            bind(path, inside)
    open(root + "/harness.py", "w").close()
    bind(settings["harness"], root + "/harness.py")
    os.makedirs(root + "/tmp")
    mount("tmpfs", root + "/tmp", "tmpfs", NOSUID | NODEV, settings["scratch"] + ",mode=777")
    os.chdir(root)
    check(libc.pivot_root(b".", b"."), "pivot_root")
    check(libc.umount2(b".", DETACH), "umount")
    mount("", "/", "", REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    os.chdir("/tmp")


def enter(settings: Settings) -> None:
    """Namespaces, root and user; in the child, which is the first process of its tree."""
    apart = NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET
    user, group = os.getuid(), os.getgid()
    if user == 0:
        # Root mounts what only root may see, and then becomes somebody without rights.
        unshare(apart, "mount, pid and network namespaces")
    else:
        unshare(NEWUSER, "user namespace")
        map_user(user, group)
        unshare(apart, "mount, pid and network namespaces")
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        os._exit(code if code >= 0 else 128 - code)
    if user == 0:
        build_root(settings)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Nobody is mapped into it, so there is nobody that it could become.
        unshare(NEWUSER, "user namespace")
    else:
        build_root(settings)
    libc.prctl(SET_PDEATHSIG, 9, 0, 0, 0)


def limit(settings: Settings) -> None:
    for name, value in settings["limits"].items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (value, value))


def main() -> None:
    settings = json.loads(sys.argv[1])
    harness = settings["harness"]
    try:
        if settings["namespaces"]:
            enter(settings)
            harness = "/harness.py"
        check(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        limit(settings)
    except OSError as error:
        sys.stderr.write(str(error.strerror or error) + "\n")
        sys.stderr.flush()
        os._exit(DENIED)
    # As -I does, but for one variable: the order of a set must be the same each time, or a program is
    # right today and wrong tomorrow.
    command = [settings["python"], "-s", "-P", "-S", "-B", harness]
    os.execve(settings["python"], command, {"PYTHONHASHSEED": "0"})


main()
