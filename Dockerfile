# One image for web, worker, beat and migrate; docker-compose.yml says which command each of them runs.

# --- build: compiler and headers stay here ------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libpq-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements-prod.lock /tmp/
# psycopg2 has no wheels: it is compiled here against Debian's libpq.
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements-prod.lock

# --- runtime ------------------------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm
# libpq for psycopg2; Pango and HarfBuzz for WeasyPrint; DejaVu is the face of the PDFs, Droid Fallback has the
# Chinese, Japanese and Korean characters that DejaVu lacks (7 MB; Noto's core alone would be 42 MB and has none).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpq5 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/*
# A home of its own: fontconfig keeps its cache there.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin seminar \
    && install --directory --owner=seminar --group=seminar --mode=0750 /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    WEB_CONCURRENCY=2
WORKDIR /app
COPY . .
# Throwaway values for this one command: settings refuse to start without them. None of them is kept in the image.
RUN DEBUG=0 SECRET_KEY=only-for-collectstatic ALLOWED_HOSTS=localhost BASE_URL=https://localhost DATA_DIR=/tmp/build \
    python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build
USER seminar
VOLUME /data
EXPOSE 8000
# The site answers only to its own name, so the question carries the host of BASE_URL.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os; from urllib import parse, request as r; host = parse.urlsplit(os.environ.get('BASE_URL') or 'http://127.0.0.1').netloc; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': host}), timeout=4)"]
# Threads, because a slow upload must not hold a whole process, and because keep-alive needs them. Keep-alive 75 s:
# with gunicorn's default of 2 s, 7 of 100 uploads died of connection resets. The number of processes is
# WEB_CONCURRENCY; what is not set here can be set in GUNICORN_CMD_ARGS.
CMD ["gunicorn", "seminar.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", \
     "--keep-alive", "75", "--timeout", "60", "--graceful-timeout", "30", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
