"""Start nginx and gunicorn side by side, and end with the first that ends, as AWS's sample container does."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 2048; }}
http {{
  default_type application/octet-stream;
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream gunicorn {{ server unix:{folder}/gunicorn.sock; }}
  server {{
    listen 127.0.0.1:{port} deferred;
    client_max_body_size 100m;
    keepalive_timeout 5;
    location ~ ^/(ping|invocations) {{
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Host $http_host;
      proxy_redirect off;
      proxy_read_timeout 60s;
      proxy_pass http://gunicorn;
    }}
    location / {{ return 404 "{{}}"; }}
  }}
}}
"""


def main() -> int:
    """Serve until a signal comes or one of the two has ended."""
    port = os.environ["SAGEMAKER_BIND_TO_PORT"]
    # Started by root, its worker would be another user, who may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=port, user=user))
        nginx = subprocess.Popen(
            [shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx", "-c", str(configuration)]
        )
        workers = os.environ.get("MODEL_SERVER_WORKERS", "1")
        gunicorn = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--timeout", "60", "-k", "gevent", "-b", f"unix:{folder}/gunicorn.sock", "-w", workers),
                *("--chdir", str(Path(__file__).parent), "application:application"),
            ]
        )

        def stop(*_: object) -> None:
            nginx.send_signal(signal.SIGQUIT)
            gunicorn.terminate()

        signal.signal(signal.SIGTERM, stop)
        os.wait()
        stop()
        nginx.wait()
        return gunicorn.wait()


if __name__ == "__main__":
    sys.exit(main())
