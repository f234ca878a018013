"""Protected MCP servers of PyPI `mcp` and `fastmcp`, each in the set-up that its argument names.

    python mcp-servers.py '{"kind": "mcp-defaults", "ports": [0, 0], "log": "/tmp/log", "life": 4}'

Tokens live `life` seconds, and everything is kept in memory. The second port is that of an authorization server beside it.
Prints one line of JSON, {"url", "ports"}, and ends when stdin does. Each request is a line in `log`: METHOD /path STATUS.
The tool `whoami` returns client and scopes of the token.
"""

import asyncio
import json
import os
import socket
import sys
import threading

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth import OAuthProxy, RemoteAuthProvider, TokenVerifier
from fastmcp.server.auth.providers import in_memory
from key_value.aio.stores.memory import MemoryStore
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyHttpUrl, AnyUrl
from starlette.applications import Starlette

UPSTREAM = "client-of-the-proxy"


def whoami() -> str:
    """Describes the token."""
    token = get_access_token()
    return json.dumps({"client": token.client_id, "scopes": token.scopes})


def registration(**options):
    return ClientRegistrationOptions(enabled=True, **options)


class Tokens(TokenVerifier):
    """Tokens of an authorization server in this process."""

    def __init__(self, provider, **options):
        super().__init__(**options)
        self.provider = provider

    async def verify_token(self, token):
        return await self.provider.load_access_token(token)


def authorization_server(issuer, proxy):
    """An authorization server beside the MCP server. It knows the client of the proxy."""
    provider = in_memory.InMemoryOAuthProvider(base_url=issuer)
    provider.clients[UPSTREAM] = OAuthClientInformationFull(
        client_id=UPSTREAM,
        client_secret="secret",
        token_endpoint_auth_method="client_secret_post",
        redirect_uris=[AnyUrl(f"{proxy}/auth/callback")],
        scope="openid read write",
    )
    options = registration(valid_scopes=["read", "write"])
    # `AnyHttpUrl` alone would add a slash.
    exact = AuthSettings(issuer_url=issuer, resource_server_url=None).issuer_url
    routes = create_auth_routes(provider, exact, None, options, RevocationOptions(enabled=True))
    return provider, Starlette(routes=routes)


def mcp_authorization(origin, path="/mcp", **scopes):
    """PyPI `mcp` that is its own authorization server."""
    auth = AuthSettings(
        issuer_url=origin,
        resource_server_url=origin + path,
        required_scopes=["read"],
        client_registration_options=registration(**scopes),
        revocation_options=RevocationOptions(enabled=True),
        validate_token_resource=False,
    )
    provider = in_memory.InMemoryOAuthProvider(base_url=origin)
    return mcp_app(MCPServer("test", auth_server_provider=provider, auth=auth), path)


def mcp_resource(origin, issuer, provider):
    """PyPI `mcp` with an authorization server elsewhere."""
    auth = AuthSettings(
        issuer_url=issuer,
        resource_server_url=f"{origin}/mcp",
        required_scopes=["read"],
        validate_token_resource=False,
    )
    return mcp_app(MCPServer("test", token_verifier=Tokens(provider), auth=auth))


def mcp_app(server, path="/mcp"):
    server.tool()(whoami)
    return server.streamable_http_app(streamable_http_path=path, json_response=True, stateless_http=True)


def fastmcp_memory(origin):
    options = registration(valid_scopes=["read", "write"])
    return fastmcp_app(
        in_memory.InMemoryOAuthProvider(
            base_url=origin,
            required_scopes=["read"],
            client_registration_options=options,
            revocation_options=RevocationOptions(enabled=True),
        )
    )


def fastmcp_proxy(origin, issuer, provider, life, scopes):
    return fastmcp_app(
        OAuthProxy(
            upstream_authorization_endpoint=f"{issuer}/authorize",
            upstream_token_endpoint=f"{issuer}/token",
            upstream_client_id=UPSTREAM,
            upstream_client_secret="secret",
            token_endpoint_auth_method="client_secret_post",
            token_verifier=Tokens(provider, required_scopes=scopes),
            base_url=origin,
            valid_scopes=[*scopes, "write"],
            client_storage=MemoryStore(),
            fastmcp_access_token_expiry_seconds=life,
            require_authorization_consent="external",
        )
    )


def fastmcp_remote(origin, issuer, provider):
    """The type of the list adds a slash to an issuer that has none."""
    verifier = Tokens(provider, required_scopes=["read"])
    return fastmcp_app(
        RemoteAuthProvider(token_verifier=verifier, authorization_servers=[AnyHttpUrl(issuer)], base_url=origin)
    )


def fastmcp_app(auth):
    server = FastMCP("test", auth=auth)
    server.tool(whoami)
    return server.http_app(json_response=True, stateless_http=True)


def logged(app, file):
    """Writes each request to the file."""

    async def wrapper(scope, receive, send):
        async def send_and_log(message):
            if message["type"] == "http.response.start":
                file.write(f"{scope['method']} {scope['path']} {message['status']}\n")
                file.flush()
            await send(message)

        await app(scope, receive, send_and_log if scope["type"] == "http" else send)

    return wrapper


async def main(kind, ports, log, life):
    in_memory.DEFAULT_ACCESS_TOKEN_EXPIRY_SECONDS = life
    listeners = [socket.create_server(("127.0.0.1", port)) for port in ports]
    ports = [listener.getsockname()[1] for listener in listeners]
    origin, issuer = (f"http://127.0.0.1:{port}" for port in ports)
    provider, authorization = authorization_server(issuer, origin)
    both = {"valid_scopes": ["read", "write"]}
    app = {
        "mcp-defaults": lambda: mcp_authorization(origin, **both, default_scopes=["read"]),
        "mcp-valid": lambda: mcp_authorization(origin, **both),
        "mcp-root": lambda: mcp_authorization(origin, path="/", **both),
        "mcp-resource": lambda: mcp_resource(origin, issuer, provider),
        "fastmcp-memory": lambda: fastmcp_memory(origin),
        "fastmcp-proxy": lambda: fastmcp_proxy(origin, issuer, provider, life, ["read"]),
        "fastmcp-proxy-openid": lambda: fastmcp_proxy(origin, issuer, provider, life, ["openid", "read"]),
        "fastmcp-remote": lambda: fastmcp_remote(origin, issuer, provider),
    }[kind]()
    path = "/" if kind == "mcp-root" else "/mcp"
    file = open(log, "a")
    servers = [
        uvicorn.Server(uvicorn.Config(logged(app, file), log_level="critical")).serve(sockets=[listener])
        for app, listener in zip((app, authorization), listeners)
    ]
    print(json.dumps({"url": origin + path, "ports": ports}), flush=True)
    await asyncio.gather(*servers)


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
asyncio.run(main(**json.loads(sys.argv[1])))
