"""AWS STS of moto, on a free port of 127.0.0.1. Prints `{"port": PORT}`, and ends when stdin closes."""

import json
import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(json.dumps({"port": server.get_host_and_port()[1]}), flush=True)
sys.stdin.read()
server.stop()
