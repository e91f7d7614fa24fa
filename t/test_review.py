"""Ways to lose a count or a key that reading the module brought to light."""

from collections.abc import Callable

from harness.admin import Admin
from harness.client import Request, run
from harness.gateway import Gateway
from harness.process import wait_until
from harness.redis import RedisServer
from harness.traffic import flood, statuses

Make = Callable[..., Gateway]
ACCOUNTS_MAX = 16384  # module/accounts.hpp: accounts_max

ALLOWING = """
        location /allow/ {
            mmx on; mmx_on_redis_error allow; proxy_set_header Authorization $mmx_authorization;
            rewrite ^/allow(/.*)$ $1 break; proxy_pass http://minimax;
        }
"""


def test_keys_nobody_has_take_no_place_for_good_while_redis_is_away(
        gateway: Make, admin: Admin, redis: RedisServer) -> None:
    server = gateway(workers=1, redis_timeout="200ms", server=ALLOWING)
    redis.kill9()
    wait_until(lambda: server.request("mmx-" + "a" * 32, path="/allow/v1/models").seconds < 0.1,
               10, "the outage is known")
    source = (Request.chat(server.address, f"mmx-{number:032d}", path="/allow/v1/models",
                           method="GET") for number in range(ACCOUNTS_MAX + 100))
    assert set(statuses(run(source, 64))) == {503}
    redis.start()
    keys = admin.create_keys(64)
    wait_until(lambda: server.request(keys[0].key).status == 200, 10, "Redis is back")
    assert statuses(flood([server], keys, 640)) == {200: 640}
