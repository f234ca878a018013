"""LemonLDAP::NG as an OpenID provider on loopback: Debian's package, its state in a folder that is removed, one client.

Takes no arguments. Writes one line of JSON when all is ready, and ends when stdin does.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TEMPLATES = "/usr/share/lemonldap-ng/portal/templates"
STATIC = "/usr/share/lemonldap-ng/portal/htdocs/static"
SECRET = "staple"
PORTAL = """
use Plack::Builder;
use Lemonldap::NG::Portal::Main;
builder {
    enable "Plack::Middleware::Static", path => sub { s{^/static/}{} }, root => "%s";
    Lemonldap::NG::Portal::Main->run({});
};
""" % STATIC


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def rsa_key():
    """A private and a public key in PEM."""
    command = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    private = subprocess.run(command, capture_output=True, check=True).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout"], input=private, capture_output=True, check=True).stdout
    return private.decode(), public.decode()


def store(folder, name):
    for part in (name, f"{name}/lock"):
        os.makedirs(f"{folder}/{part}")
    return {"Directory": f"{folder}/{name}", "LockDirectory": f"{folder}/{name}/lock", "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256"}


def configuration(folder, issuer, redirect_uri):
    private, public = rsa_key()
    return {
        "cfgNum": 1,
        "cfgVersion": "2.16.1",
        "cfgAuthor": "test",
        "cfgDate": 1,
        "authentication": "Demo",
        "userDB": "Same",
        "passwordDB": "Demo",
        "registerDB": "Null",
        "demoExportedVars": {"cn": "cn", "mail": "mail", "uid": "uid"},
        "domain": "localhost",
        "portal": f"{issuer}/",
        "key": "a key of the test",
        "cookieName": "lemonldap",
        "securedCookie": 0,
        "requireToken": 0,
        "captcha_mail_enabled": 0,
        "captcha_register_enabled": 0,
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": store(folder, "sessions"),
        "persistentStorage": "Apache::Session::File",
        "persistentStorageOptions": store(folder, "psessions"),
        "localSessionStorage": "",
        "whatToTrace": "uid",
        "portalSkin": "bootstrap",
        "locationRules": {},
        "issuerDBOpenIDConnectActivation": 1,
        "issuerDBOpenIDConnectPath": "^/oauth2/",
        "issuerDBOpenIDConnectRule": 1,
        "oidcServiceMetaDataIssuer": issuer,
        "oidcServiceAllowAuthorizationCodeFlow": 1,
        "oidcServiceAllowOffline": 1,
        "oidcServicePrivateKeySig": private,
        "oidcServicePublicKeySig": public,
        "oidcServiceKeyIdSig": "test",
        "oidcRPMetaDataExportedVars": {"native": {"email": "mail", "name": "cn", "preferred_username": "uid"}},
        "oidcRPMetaDataOptions": {
            "native": {
                "oidcRPMetaDataOptionsClientID": "native",
                "oidcRPMetaDataOptionsClientSecret": SECRET,
                "oidcRPMetaDataOptionsRedirectUris": redirect_uri,
                "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
                "oidcRPMetaDataOptionsUserIDAttr": "uid",
                "oidcRPMetaDataOptionsBypassConsent": 1,
                "oidcRPMetaDataOptionsAllowOffline": 1,
                "oidcRPMetaDataOptionsRefreshToken": 1,
                "oidcRPMetaDataOptionsRequirePKCE": 1,
                "oidcRPMetaDataOptionsAccessTokenExpiration": 3600,
                "oidcRPMetaDataOptionsLogoutBypassConfirm": 1,
            }
        },
    }


def start(folder, port, issuer, redirect_uri):
    os.makedirs(f"{folder}/conf")
    with open(f"{folder}/conf/lmConf-1.json", "w") as file:
        json.dump(configuration(folder, issuer, redirect_uri), file)
    with open(f"{folder}/lemonldap-ng.ini", "w") as file:
        file.write(f"""
[all]
logLevel = {os.environ.get("LEMONLDAP_LEVEL", "error")}
checkTime = 3600
[configuration]
type = File
dirName = {folder}/conf
[portal]
staticPrefix = /static
templateDir = {TEMPLATES}
languages = en
""")
    with open(f"{folder}/portal.psgi", "w") as file:
        file.write(PORTAL)
    log = open(os.environ.get("LEMONLDAP_LOG", os.devnull), "w")
    command = ["plackup", "--env", "deployment", "--host", "127.0.0.1", "--port", str(port), f"{folder}/portal.psgi"]
    environment = {**os.environ, "LLNG_DEFAULTCONFFILE": f"{folder}/lemonldap-ng.ini"}
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def wait(server, issuer):
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"plackup ended with {server.returncode}")
        try:
            return urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=10).read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{error.code} {error.read()[:400]}")
        except OSError:
            time.sleep(0.05)
    sys.exit("LemonLDAP::NG does not answer")


def main():
    port, callback = free_port(), free_port()
    issuer, redirect_uri = f"http://localhost:{port}", f"http://127.0.0.1:{callback}/callback"
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder, port, issuer, redirect_uri)
        try:
            wait(server, issuer)
            greeting = {"issuer": issuer, "callback": callback, "secret": SECRET, "user": "dwho", "password": "dwho"}
            print(json.dumps(greeting), flush=True)
            sys.stdin.read()
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
