"""The configurations we ship, as templates for harness.gateway: only places and addresses change.
"""

import re
from pathlib import Path

from .paths import BUILD, ROOT
from .tls_front import TlsFront, trusting

CONF = ROOT / "conf"
MINIMAX = "api.minimax.io"  # what they all send to
TEMP_PATHS = "".join(f"{name}_temp_path @DIR@/tmp/{name};\n"
                     for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


def put(text: str, *places: tuple[str, str]) -> str:
    """Each of them in place of the shipped one, which must be there."""
    for shipped, here in places:
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


def installed(folder: Path, front: TlsFront) -> Path:
    """What the README has copied to /etc/nginx/mmx, with the front in MiniMax's place."""
    folder.mkdir()
    for name in ("mmx_http.conf", "mmx_server.conf", "mmx_console.conf"):
        (folder / name).write_text((CONF / name).read_text())
    (folder / "mmx_proxy.conf").write_text(trusting(front.authority).read_text())
    upstream = (BUILD / "mmx_upstream.conf").read_text()
    (folder / "mmx_upstream.conf").write_text(
        put(upstream, (f"{MINIMAX}:443", f"{MINIMAX}:{front.port}")))
    return folder


def common(resolver: str, mmx: Path) -> tuple[tuple[str, str], ...]:
    """The places that stand in the README and in conf/nginx.conf alike."""
    return (("load_module modules/ngx_http_mmx_module.so;",
             "load_module @MODULE@; @ENV@ pid @DIR@/nginx.pid; @USER@"),
            ("unix://mmx-gateway@/run/redis/redis-server.sock", "@REDIS@"),
            ("mmx_redis_password_file /etc/mmx/redis-gateway;", ""),  # the URL has it
            ("resolver 127.0.0.53;", f"resolver {resolver};"), ("/etc/nginx/mmx", str(mmx)))


def nginx_conf(resolver: str, mmx: Path, certificate: Path, key: Path, status_port: int) -> str:
    """conf/nginx.conf. It listens with TLS on the gateway's port."""
    return put((CONF / "nginx.conf").read_text(), *common(resolver, mmx),
               ("pid /run/nginx.pid;", ""), ("user www-data;", ""),
               ("/var/log/nginx", "@DIR@"), ("include /etc/nginx/mime.types;", TEMP_PATHS),
               ("/etc/ssl/gate.example.com.pem", str(certificate)),
               ("/etc/ssl/private/gate.example.com.key", str(key)),
               ("unix:/run/mmx/admind.sock", "unix:@DIR@/admind.sock"),
               ("/etc/mmx/secret", "@SECRET@"),
               ("listen 80;", "listen 127.0.0.1:@H2_PORT@;"), ("listen [::]:80;", ""),
               ("listen [::]:443 ssl;", ""),
               ("listen 443 ssl", "listen 127.0.0.1:@PORT@ ssl"),
               ("127.0.0.1:9145", f"127.0.0.1:{status_port}"))


def least_conf(readme: str, resolver: str, mmx: Path) -> str:
    """What a README calls the least there is."""
    found = re.search(r"```nginx\n( +load_module .*?)```", (ROOT / readme).read_text(), re.S)
    return "error_log @DIR@/error.log warn;\n" + put(
        found.group(1), *common(resolver, mmx),
        ("http {", "http { access_log off; mmx_secret @SECRET@;\n" + TEMP_PATHS),
        ("server {", "server { listen 127.0.0.1:@PORT@; location = /mmx_status { mmx_status; }"))
