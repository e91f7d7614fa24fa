"""The nginx.conf of upstream, bare proxy and gateway, with `@NAME@` where something is filled in.

Bare proxy and gateway are the same but for the lines the gateway needs. Both write the access log
in the shipped format; where the module is not loaded, what only it knows is a dash.
"""

import re

from harness.paths import ROOT

NGINX = """\
@LOAD@
pid @DIR@/nginx.pid;
error_log @DIR@/error.log warn;
worker_processes 1;
daemon off;
@USER@
events { worker_connections 16384; }
http {
    default_type application/octet-stream;
    server_tokens off;
    tcp_nodelay on;
    client_body_temp_path @DIR@/body; proxy_temp_path @DIR@/proxy;
    fastcgi_temp_path @DIR@/fastcgi; uwsgi_temp_path @DIR@/uwsgi; scgi_temp_path @DIR@/scgi;
    client_max_body_size 64m;
    client_body_buffer_size 256k;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
@HTTP@
    server {
        listen 127.0.0.1:@PORT@ backlog=4096;
@SERVER@
    }
}
"""

# Not mmx-upstream: it computes digests and writes a ledger for each request, so it, and not the
# proxy in front, would be what a saturated run measures.
UPSTREAM_HTTP = """\
    access_log off;
    upstream pace {
        server 127.0.0.1:@PACE@;
        keepalive 16384;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
    }
"""

UPSTREAM_SERVER = """\
        default_type application/json;
@ANSWER@
        location = /stub_status { stub_status; }
        listen 127.0.0.1:@TLS_PORT@ ssl backlog=4096;
        ssl_certificate @CERTIFICATES@/cert.pem;
        ssl_certificate_key @CERTIFICATES@/key.pem;
        ssl_session_cache shared:upstream:1m;
"""

ANSWER_AT_ONCE = "        location / { return 200 '@TEXT@'; }"
# Only the way through TLS leads here: without it the proxies reach mmx-pace themselves.
ANSWER_AT_PACE = """\
        location / {
            proxy_pass http://pace;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }
"""

PLAIN_HTTP = """\
@MMX@
@LOG@
    upstream stand_in {
        server 127.0.0.1:@UPSTREAM@;
        keepalive 256;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
    }
"""

PLAIN_SERVER = """\
@STATUS@
        location / {
            proxy_pass http://stand_in;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            @MMX@
        }
"""

PLAIN_ON = """mmx on; mmx_count $mmx_counted;
            proxy_set_header Authorization $mmx_authorization;
            proxy_set_header X-Api-Key "";"""

# The files of conf/ and what build_module.sh puts beside the module, with the upstream's place in
# that of MiniMax. The bare proxy has the module loaded, which looks the name up, and `mmx off`.
SHIPPED_HTTP = """\
@MMX@
    include @ROOT@/conf/mmx_http.conf;
@LOG@
    resolver @RESOLVER@ ipv6=off;
    include @CERTIFICATES@/mmx_upstream.conf;
"""

SHIPPED_SERVER = """\
@STATUS@
        include @ROOT@/conf/mmx_server.conf;
        location /mini/ {
            @MMX@
            include @CERTIFICATES@/mmx_proxy.conf;
            rewrite ^/mini(/.*)$ $1 break;
            proxy_pass https://minimax;
        }
"""

SHIPPED_ON = "mmx on; mmx_count $mmx_counted;"

GATEWAY_HTTP = "    mmx_redis @REDIS@; mmx_secret @SECRET@; @CREDIT@"
GATEWAY_LOG = "    access_log @DIR@/access.log mmx;"
STATUS = "        location = /mmx_status { mmx_status; }"

WORDS = {"$mmx_logged_method": "$request_method", "$mmx_logged_uri": "$uri"}


def bare_log() -> str:
    """The shipped line of the access log, of what nginx knows by itself."""
    shipped = (ROOT / "conf" / "mmx_http.conf").read_text()
    (text,) = re.findall(r"log_format mmx (escape=json.*?;)\n", shipped, re.S)
    for ours, nginxs in WORDS.items():
        text = text.replace(ours, nginxs)
    text = re.sub(r"\$mmx_masked_(?!mmx_)", "$", text)
    text = re.sub(r"\$mmx_\w+", "-", text)
    return f"    log_format bare {text}\n    access_log @DIR@/access.log bare;"


def filled(text: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text
