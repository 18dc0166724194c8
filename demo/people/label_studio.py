"""``python -m demo.people.label_studio FOLDER``: a Label Studio, and a load balancer at which somebody has signed on.

It runs in the environment of ``containers/label_studio``. Its tables are made while the projects are deployed, which
come as a line of JSON. It then prints the load balancer's address, and ends with its input.
"""

import os
import socket
import sys
from pathlib import Path

from demo.people.balancer import Balancer
from demo.people.server import Server
from demo.people.sign_on import Pool

WORKER = "bob@example.com"


def main() -> int:
    """Serve until there is nothing more to read."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pool = Pool()
    account = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    server = Server(Path(sys.argv[1]), pool, port, account)
    try:
        projects = sys.stdin.readline()
        if projects:
            server.start_again(LABELING_PROJECTS=projects.strip())
            print(Balancer(server, pool, WORKER, ["annotators"]).address, flush=True)
            sys.stdin.read()
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
