"""django-oauth-toolkit as an OpenID provider on loopback: code flow with PKCE and device flow, for public clients; clients
are registered at run time, and `/api/` is a resource that it protects.

Takes no arguments. Writes one line of JSON when it listens, keeps all it knows in a folder that it removes, and ends when
stdin does.
"""

import json
import os
import sys
import tempfile
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings
from django.urls import include, path
from jwcrypto import jwk

# oauthlib takes http on loopback for what it is only when told so.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

PASSWORD = "correct horse"


class Server(ThreadingMixIn, WSGIServer):
    """A browser opens connections in advance and says nothing on them: each has its own thread."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def configure(origin, folder):
    from oauth2_provider.utils import user_code_generator

    device_page = f"{origin}/o/device/"
    settings.configure(
        SECRET_KEY="not one",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        LOGIN_URL="/login/",
        LOGIN_REDIRECT_URL="/o/device/",
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        # The tables as the models are, not step by step as they came to be.
        MIGRATION_MODULES=dict.fromkeys(["auth", "contenttypes", "sessions", "oauth2_provider"]),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": False,
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"login.html": LOGIN}),
                        "django.template.loaders.app_directories.Loader",
                    ],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(True, None).decode(),
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
            "SCOPES": {"openid": "Who you are", "profile": "Your name", "email": "Your address", "read": "Reading"},
            "PKCE_REQUIRED": True,
            "ROTATE_REFRESH_TOKEN": True,
            "REFRESH_TOKEN_REUSE_PROTECTION": True,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
            "DCR_ENABLED": True,
            "DCR_REGISTRATION_PERMISSION_CLASSES": ["oauth2_provider.dcr.AllowAllDCRPermission"],
            "OAUTH2_PROTECTED_RESOURCE_AUTHORIZATION_SERVERS": [f"{origin}/o"],
            "OAUTH_DEVICE_VERIFICATION_URI": device_page,
            "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{device_page}?user_code={code}",
            "OAUTH_DEVICE_USER_CODE_GENERATOR": user_code_generator,
        },
    )


LOGIN = """<!doctype html><title>Log in</title><form method="post">{% csrf_token %}{{ form }}
<button type="submit" id="login">Log in</button></form>"""


def fill():
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", run_syncdb=True, verbosity=0)
    User.objects.create_user("ada", "ada@example.test", PASSWORD)
    Application = get_application_model()
    # An application has one grant here; both refresh.
    for client_id, grant in [
        ("native", Application.GRANT_AUTHORIZATION_CODE),
        ("device", Application.GRANT_DEVICE_CODE),
    ]:
        Application.objects.create(
            client_id=client_id,
            name=client_id,
            client_type=Application.CLIENT_PUBLIC,
            authorization_grant_type=grant,
            redirect_uris="http://127.0.0.1/callback" if client_id == "native" else "",
            algorithm=Application.RS256_ALGORITHM,
        )


def views():
    """What can be defined only when Django is configured."""
    from django.contrib.auth.views import LoginView
    from oauth2_provider.oauth2_validators import OAuth2Validator
    from django.http import JsonResponse
    from oauth2_provider.views import OAuthProtectedResourceMetadataView, OAuthServerMetadataView
    from oauth2_provider.views.generic import ScopedProtectedResourceMetadataView

    class WhoTheyAre(OAuth2Validator):
        oidc_claim_scope = None

        def get_additional_claims(self, request):
            return {"preferred_username": request.user.username, "email": request.user.email}

    class Metadata(OAuthServerMetadataView):
        """The package has a device endpoint and leaves it to the deployer to name it here; OpenID's document has no place
        for one to add."""

        def get(self, request, *args, **kwargs):
            response = super().get(request, *args, **kwargs)
            document = json.loads(response.content)
            document["device_authorization_endpoint"] = self._get_endpoint_url(request, "device-authorization")
            response.content = json.dumps(document)
            return response

    class Api(ScopedProtectedResourceMetadataView):
        required_scopes = ["read"]

        def get_resource_metadata_url(self, request):
            return request.build_absolute_uri("/.well-known/oauth-protected-resource/api")

        def get(self, request, *args, **kwargs):
            return JsonResponse({"who": request.resource_owner.username})

    globals()["Validator"] = WhoTheyAre
    urlpatterns.extend(
        [
            path("login/", LoginView.as_view(template_name="login.html")),
            path(".well-known/oauth-authorization-server/<path:issuer_path>", Metadata.as_view()),
            path(".well-known/oauth-protected-resource/<path:resource_path>", OAuthProtectedResourceMetadataView.as_view()),
            path("api/", Api.as_view()),
            path("api", Api.as_view()),
            path("other", Api.as_view()),
            path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        ]
    )


urlpatterns = []


def main():
    server = Server(("127.0.0.1", 0), Quiet)
    origin = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        configure(origin, folder)
        django.setup()
        views()
        fill()
        from django.core.wsgi import get_wsgi_application

        server.set_app(get_wsgi_application())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        greeting = {"issuer": f"{origin}/o", "user": "ada", "password": PASSWORD}
        print(json.dumps(greeting), flush=True)
        # The test that started this holds the other end of stdin, and lets go of it however it ends.
        sys.stdin.read()


if __name__ == "__main__":
    # What Django imports by name is this module.
    sys.modules["provider"] = sys.modules[__name__]
    __name__ = "provider"
    main()
