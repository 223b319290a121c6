"""Images for the tests, made of this machine's own programs: no registry is asked.

    python -m tests.support.images [NAME ...]      # make them; without names, all

Each is a tar of a Python or a busybox with the libraries that it needs, given to `podman import`.
"""

from __future__ import annotations

import fcntl
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

PYTHON, BUSYBOX = "docker.io/library/python:3.11", "docker.io/library/busybox:1.36"
OWN = "localhost/course/own:1"  # with a script, a package, a user and a folder of its own
PROGRAMS = """sh bash cat cp cut date dd dirname echo env expr false grep head id ls mkdir mktemp mv
od printf ps pwd rm sed sleep sort stat tail tee test touch tr true umount uname wc xargs [ chmod
ln readlink seq yes du df find awk basename nproc kill ulimit""".split()
TEXTS = ("/etc/issue", "/etc/os-release", "/etc/debian_version")
USERS: dict[str, Path | str] = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nlearner:x:1000:1000::/home/learner:/bin/sh\n",
    "/etc/group": "root:x:0:\nlearner:x:1000:\n",
}
LIBRARY = re.compile(r"(/\S+\.so\S*)")
FOLDERS = "bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys usr var".split()


def make(*names: str) -> None:
    """Make the images that aren't there, with Podman."""
    makers = {PYTHON: _python, BUSYBOX: _busybox, OWN: _own}
    with (Path(tempfile.gettempdir()) / "localkfp-test-images.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other tests may be making them
        for name in names or makers:
            if subprocess.run(["podman", "image", "exists", name]).returncode:
                makers[name]()


def import_image(name: str, files: Mapping[str, Path | str], changes: Iterable[str] = ()) -> None:
    """An image of these files: by their paths, each as a text or one of this machine."""
    line = ["podman", "import", "--quiet"]
    line += [word for change in changes for word in ("--change", change)]
    with subprocess.Popen([*line, "-", name], stdin=subprocess.PIPE) as importing:
        assert importing.stdin
        with importing.stdin, tarfile.open(fileobj=importing.stdin, mode="w|") as tar:
            for folder in FOLDERS:
                _add_folder(tar, folder, 0o755)
            _add_folder(tar, "tmp", 0o1777)
            links: dict[Path, str] = {}  # one file is there once
            for path, content in files.items():
                _add(tar, path, content, links)
    if importing.returncode:
        raise RuntimeError(f"podman could not import {name}")


def _add_folder(tar: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    tar.addfile(entry)


def _add(tar: tarfile.TarFile, path: str, content: Path | str, links: dict[Path, str]) -> None:
    if isinstance(content, Path) and content in links:
        link = tarfile.TarInfo(path.lstrip("/"))
        link.type, link.linkname = tarfile.SYMTYPE, links[content]
        tar.addfile(link)
        return
    if isinstance(content, Path):
        entry = tar.gettarinfo(str(content.resolve()), arcname=path.lstrip("/"))
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        with content.open("rb") as file:
            entry.type = tarfile.REGTYPE  # a second name of one file too
            entry.size = content.stat().st_size
            tar.addfile(entry, file)
        links[content] = path
        return
    entry = tarfile.TarInfo(path.lstrip("/"))
    data = content.encode()
    entry.size, entry.mode = len(data), 0o644
    tar.addfile(entry, io.BytesIO(data))


def _libraries(files: Iterable[Path]) -> dict[str, Path]:
    """The shared libraries that programs and modules load, where a loader looks for them."""
    told = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True).stdout
    found = {
        Path(name) for name in LIBRARY.findall(told.replace("=>", "\n")) if Path(name).is_file()
    }
    near_libc = next(
        str(file.resolve().parent) for file in found if file.name.startswith("libc.so")
    )
    return {
        str(file) if file.name.startswith("ld-") else f"{near_libc}/{file.name}": file
        for file in found
    }


def _machine(programs: Iterable[str] = PROGRAMS) -> dict[str, Path | str]:
    files: dict[str, Path | str] = {text: Path(text) for text in TEXTS if Path(text).is_file()}
    there = {name: shutil.which(name) for name in programs}
    found = {name: Path(path) for name, path in there.items() if path}
    files |= {f"/bin/{name}": path for name, path in found.items()}
    files |= {f"/usr/bin/{name}": path for name, path in found.items()}
    return {**files, **_libraries(found.values()), **USERS}


def _python_files() -> dict[str, Path | str]:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    program, library = Path(sys.executable).resolve(), Path(sys.base_prefix) / "lib" / version
    left_out = (
        "test",
        "site-packages",
        "__pycache__",
        "idlelib",
        "ensurepip",
        "tkinter",
        "config-",
    )
    files: dict[str, Path | str] = {
        f"/usr/local/lib/{version}/{file.relative_to(library)}": file
        for file in library.rglob("*")
        if file.is_file()
        and not any(part.startswith(left_out) for part in file.relative_to(library).parts)
    }
    files |= {f"/usr/local/bin/{name}": program for name in ("python3", version, "python")}
    modules = [file for file in files.values() if isinstance(file, Path) and file.suffix == ".so"]
    return {**_machine(), **files, **_libraries([program, *modules])}


def _python() -> None:
    path = "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    import_image(PYTHON, _python_files(), [path, "ENV LANG=C.UTF-8"])


def _busybox() -> None:
    program = Path(shutil.which("busybox") or "/bin/busybox")
    applets = subprocess.run([str(program), "--list"], capture_output=True, text=True).stdout
    import_image(BUSYBOX, {f"/bin/{name}": program for name in applets.split()} | USERS)


def _own() -> None:
    site = f"/usr/local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    own: dict[str, Path | str] = {
        f"{site}/greeting.py": 'WORD = "hello from the package"\n',
        "/pipelines/src/main.py": "import sys, greeting\nprint(greeting.WORD, *sys.argv[1:])\n",
        "/work/here.txt": "the folder of the image\n",
    }
    changes = [
        *("ENV PATH=/usr/local/bin:/usr/bin:/bin", "ENV COURSE=pipelines", "WORKDIR /work"),
        *(
            "USER learner",
            'ENTRYPOINT ["python3", "/pipelines/src/main.py"]',
            'CMD ["by", "default"]',
        ),
    ]
    import_image(OWN, {**_python_files(), **own}, changes)
