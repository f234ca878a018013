"""PyPI `oidc-provider-mock` on loopback. Takes no arguments. Writes one line of JSON when it is ready, and ends when stdin
does."""

import json
import sys

from oidc_provider_mock import User, run_server_in_thread

claims = {"preferred_username": "ada", "email": "ada@example.test"}
with run_server_in_thread(user_claims=[User(sub="subject-1", claims=claims)], require_nonce=True) as server:
    print(json.dumps({"issuer": f"http://localhost:{server.server_port}"}), flush=True)
    sys.stdin.read()
