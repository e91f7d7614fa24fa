"""Fixtures: each test gets its own Redis, upstream, command line and gateways, all real.

Nothing a test starts outlives it. What it leaves behind is searched for alerts, sanitizer reports
and secrets before it counts as passed.
"""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.admin import Admin, Key, private_folder
from harness.builds import belongs
from harness.clock import Clock, build_shim
from harness.daemon import Browser, Daemon
from harness.debian import NEXT_RELEASE, Archive
from harness.fault_proxy import FaultProxy
from harness.gateway import Gateway, Options
from harness.paths import FULL, SANITIZED, SHORT, sanitizer_reports
from harness.people import OTHER_PASSWORD, PASSWORD, WRONG, add_account, logged_in
from harness.process import free_port, release_ports, wait_until
from harness.redis import RedisServer
from harness.secret_watch import SecretWatch
from harness.upstream import PROBE_PATH, Upstream

TEST_SECONDS_MAX = 180  # a test that hangs is killed here, with its processes
FULL_TEST_SECONDS_MAX = 1800  # one that compiles what others take as given


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = {item: belongs(item.nodeid, SANITIZED, SHORT) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not here[item]])
    items[:] = [item for item in items if here[item]]
    if FULL:
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="only with MMX_FULL=1"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    seconds = FULL_TEST_SECONDS_MAX if item.get_closest_marker("full") else TEST_SECONDS_MAX

    def on_alarm(*_: object) -> None:
        raise TimeoutError(f"{item.nodeid} ran longer than {seconds} s")

    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """The only folder of the test whose files may hold secrets."""
    return private_folder(tmp_path)


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder for unix sockets: their paths must be short. Released after the last server."""
    folder = Path(tempfile.mkdtemp(prefix="mmx-"))
    yield folder
    shutil.rmtree(folder)
    release_ports()


@pytest.fixture
def secrets(tmp_path: Path, private: Path, sockets: Path) -> Iterator[SecretWatch]:
    """Secrets of the test; none may be in a file after all servers have gone."""
    watch = SecretWatch(private)
    yield watch
    leaks = watch.search(tmp_path)
    assert not leaks, f"secrets in the clear: {leaks}"
    assert not sanitizer_reports(tmp_path)


@pytest.fixture
def redis_server(tmp_path: Path, sockets: Path,
                 secrets: SecretWatch) -> Iterator[Callable[..., RedisServer]]:
    """Makes Redis servers: redis_server(config=(...), password="...", clock=clock)."""
    made: list[RedisServer] = []

    def make(start: bool = True, **options: object) -> RedisServer:
        number = len(made)
        server = RedisServer(
            tmp_path / f"redis{number}", sockets / f"redis{number}.sock", **options)
        if server.password:
            secrets.add("redis password", server.password)
        made.append(server)
        return server.start() if start else server

    yield make
    for server in made:
        server.kill9()


@pytest.fixture
def redis(redis_server: Callable[..., RedisServer]) -> RedisServer:
    return redis_server()


@pytest.fixture
def upstream(tmp_path: Path, secrets: SecretWatch) -> Iterator[Upstream]:
    server = Upstream(tmp_path / "upstream")
    yield server
    server.kill()


@pytest.fixture
def admin_for(private: Path, secrets: SecretWatch) -> Callable[[str], Admin]:
    """The command line on a Redis of the test's choice: initialised, with a master key."""
    def make(redis_url: str) -> Admin:
        admin = Admin(redis_url, private, secrets)
        admin.init()
        admin.set_master()
        return admin
    return make


@pytest.fixture
def admin(admin_for: Callable[[str], Admin], redis: RedisServer) -> Admin:
    return admin_for(redis.url)


@pytest.fixture
def key(admin: Admin) -> Key:
    """A gateway key without limits."""
    return admin.create_key()


@pytest.fixture
def daemon_with(tmp_path: Path, sockets: Path, admin: Admin,
                secrets: SecretWatch) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons on the test's Redis: daemon_with(MMX_SESSION_HOURS="1")."""
    made: list[Daemon] = []

    def make(start: bool = True, **env: str) -> Daemon:
        name = f"admind{len(made)}"
        made.append(Daemon(tmp_path / name, sockets / f"{name}.sock", admin, secrets, env))
        return made[-1].start() if start else made[-1]

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def daemon(daemon_with: Callable[..., Daemon]) -> Daemon:
    return daemon_with()


@pytest.fixture
def people(admin: Admin, secrets: SecretWatch) -> Admin:
    """Two accounts: alice, an admin, and bob, a viewer."""
    for password in (PASSWORD, OTHER_PASSWORD, WRONG):
        secrets.add("password", password)
    add_account(admin, "alice", "admin")
    add_account(admin, "bob", "viewer")
    return admin


@pytest.fixture
def alice(people: Admin, daemon: Daemon) -> Browser:
    return logged_in(daemon, "alice")


@pytest.fixture
def credit(request: pytest.FixtureRequest) -> str:
    """Whether gateways have credit, which is the default; see harness.traffic.BOTH_WAYS."""
    return getattr(request, "param", "on")


@pytest.fixture
def gateway_with(tmp_path: Path, secrets: SecretWatch,
                 credit: str) -> Iterator[Callable[..., Gateway]]:
    """Makes gateways from harness.gateway.Options; checks at the end what they left behind."""
    made: list[Gateway] = []

    def make(start: bool = True, **options: object) -> Gateway:
        http = str(options.get("http", ""))
        if credit == "off" and "mmx_credit" not in http:
            options["http"] = f"{http} mmx_credit off;"
        server = Gateway(tmp_path / f"nginx{len(made)}", Options(**options))
        made.append(server)
        return server.start() if start else server

    yield make
    for server in made:
        server.kill()
    wrong = [line for server in made for line in server.wrong_lines()]
    assert not wrong, "\n".join(["nginx said:", *wrong[:20]])


@pytest.fixture
def gateway(gateway_with: Callable[..., Gateway], redis: RedisServer, admin: Admin,
            upstream: Upstream) -> Callable[..., Gateway]:
    """Makes gateways on the test's own Redis and upstream: gateway(workers=1, location="...").

    ready=True (the default) waits until every worker knows the master key.
    """
    probe_key: list[Key] = []

    def make(ready: bool = True, start: bool = True, **options: object) -> Gateway:
        defaults = {"redis": redis.gateway_url, "secret": admin.secret,
                    "upstream": upstream.address}
        server = gateway_with(start=start, **(defaults | options))
        if ready and start:
            if not probe_key:
                probe_key.append(admin.create_key(user="probe"))
            await_ready(server, probe_key[0])
        return server
    return make


def await_ready(server: Gateway, key: Key) -> None:
    """Until so many requests in a row came through that every worker has most likely had one."""
    def comes_through() -> bool:
        answers = (server.request(key.key, path=f"/mini{PROBE_PATH}").status
                   for _ in range(8 * server.options.workers))
        return all(status == 404 for status in answers)
    wait_until(comes_through, 20, "the gateway forwards")


@pytest.fixture
def fault_proxy(sockets: Path, redis: RedisServer) -> Iterator[FaultProxy]:
    """Between a gateway and the test's Redis: gateway(redis=fault_proxy.url)."""
    proxy = FaultProxy(str(sockets / "fault.sock"), redis.socket)
    yield proxy
    proxy.close()


@pytest.fixture
def tcp_fault_proxy(redis: RedisServer, port: int) -> Iterator[FaultProxy]:
    """The same over TCP on both sides."""
    proxy = FaultProxy(port, ("127.0.0.1", redis.port))
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def next_debian() -> Iterator[Archive]:
    """The release after the one the README speaks of."""
    with tempfile.TemporaryDirectory() as folder:
        yield Archive(Path(folder), NEXT_RELEASE)


@pytest.fixture(scope="session")
def clock_shim(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def clock(tmp_path: Path, clock_shim: str) -> Callable[[], Clock]:
    """Makes clocks for redis_server(clock=…) and gateway(clock=…)."""
    numbers = iter(range(100))

    def make() -> Clock:
        return Clock(tmp_path / f"clock{next(numbers)}", clock_shim)
    return make


@pytest.fixture
def port() -> int:
    """A free port of 127.0.0.1."""
    return free_port()
