"""Between a gateway and the stand-in for MiniMax: TLS with a certificate of the test's own CA.

It is an nginx, for speed, and one for each address; its log says of each request on which
connection it came, and whether that began with a whole handshake.
"""

import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .paths import NGINX, ROOT
from .process import Process, wait_until

CONF = """\
pid @DIR@/nginx.pid;
error_log @DIR@/error.log warn;
worker_processes 1;
daemon off;
@USER@
events { worker_connections 4096; }
http {
    log_format calls '$server_addr $connection $ssl_session_reused $request_method $http_x_call';
    access_log @DIR@/calls.log calls;
    client_body_temp_path @DIR@/body; proxy_temp_path @DIR@/proxy;
    fastcgi_temp_path @DIR@/fastcgi; uwsgi_temp_path @DIR@/uwsgi; scgi_temp_path @DIR@/scgi;
    ssl_certificate @DIR@/cert.pem;
    ssl_certificate_key @DIR@/key.pem;
    ssl_session_cache shared:front:1m;
    keepalive_requests 1000000;
    keepalive_timeout @IDLE@;
    client_max_body_size 64m;
    upstream stand_in { server @UPSTREAM@; keepalive 64; }
    server {
@LISTEN@
        location / {
            proxy_pass http://stand_in;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
@LOCATION@
        }
    }
}
"""


def trusting(authority: Path) -> Path:
    """conf/mmx_proxy.conf that trusts this authority in place of the system's."""
    shipped = "/etc/ssl/certs/ca-certificates.crt"
    text = (ROOT / "conf" / "mmx_proxy.conf").read_text()
    text += "proxy_set_header X-Call $http_x_call;\n"  # by which the front's log tells calls
    assert shipped in text
    path = authority.with_name("mmx_proxy.conf")
    path.write_text(text.replace(shipped, str(authority)))
    return path


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the front saw it."""

    address: str
    connection: str
    resumed: bool
    method: str
    number: str  # what the header X-Call said


def make_authority(folder: Path, name: str) -> None:
    """cert.pem and key.pem of that host name, and ca.pem whose authority signed it."""
    def openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                       timeout=60, cwd=folder)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *curve, "-subj", "/CN=test authority", "-keyout", "ca-key.pem",
            "-out", "ca.pem", "-days", 2)
    openssl("req", *curve, "-subj", f"/CN={name}", "-keyout", "key.pem", "-out", "request.pem")
    (folder / "names").write_text(f"subjectAltName=DNS:{name}\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-CAcreateserial", "-out", "cert.pem", "-days", 2, "-extfile", "names")


class TlsFront:
    """Started by the constructor. idle: how long it keeps a connection without a request."""

    def __init__(self, folder: Path, name: str, upstream: str, port: int,
                 addresses: tuple[str, ...] = ("127.0.0.1",), idle: str = "60s",
                 location: str = ""):
        folder.mkdir()
        self.folder = folder
        self.port = port
        make_authority(folder, name)
        values = {"DIR": folder, "USER": "user root;" if os.geteuid() == 0 else "",
                  "UPSTREAM": upstream, "IDLE": idle, "LOCATION": location,
                  "LISTEN": "\n".join(f"        listen {address}:{port} ssl backlog=4096;"
                                      for address in addresses)}
        text = CONF
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        (folder / "nginx.conf").write_text(text)
        self._process = Process(
            [NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            folder / "stderr.log", {"PATH": os.environ["PATH"]})
        wait_until(lambda: (folder / "nginx.pid").exists(), 20, "the TLS front starts")

    @property
    def authority(self) -> Path:
        return self.folder / "ca.pem"

    def calls(self) -> list[Call]:
        """Those with a header X-Call; the harness' own have none."""
        lines = (self.folder / "calls.log").read_text().splitlines()
        words = [line.split(" ") for line in lines]
        return [Call(address, connection, reused == "r", method, number)
                for address, connection, reused, method, number in words if number != "-"]

    def connections(self) -> Counter[str]:
        """Of each connection that had one, how many requests."""
        return Counter(call.connection for call in self.calls())

    def kill(self) -> None:
        self._process.kill()
