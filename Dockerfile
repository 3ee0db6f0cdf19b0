# The production image: one for web, worker and beat. See docker-compose.yml and docs/operations.
FROM node:22-slim AS front
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim AS packages
WORKDIR /app
COPY requirements-uv.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv venv /opt/venv \
    && uv pip sync --require-hashes --no-cache --python /opt/venv/bin/python requirements.txt
COPY script/vendor script/vendor
COPY static static
COPY --from=front /build/node_modules node_modules
RUN python script/vendor

FROM python:3.13-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --shell /usr/sbin/nologin artel \
    && install -d -o artel -g artel -m 0700 /data
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles \
    LOG_FORMAT=json
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=packages /app/static/vendor static/vendor
# Compiled and gathered once, here: every container serves the same. The key is for this step only.
RUN python -m crm.lib.catalogues
RUN SECRET_KEY=for-this-step-only DATABASE_URL=postgres://none/none REDIS_URL=redis://none \
    python manage.py collectstatic --no-input --verbosity 0
USER artel
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "web", "--host", "0.0.0.0", "--port", "8000"]
