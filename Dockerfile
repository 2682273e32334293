# An image that runs the bot: docker build -t fluxcord . (or, with compose.yaml, docker compose up).
ARG PYTHON=3.11.14-slim-bookworm
FROM python:${PYTHON}

# The user's number is fixed, so that a volume keeps its owner from image to image.
RUN useradd --uid 10001 --create-home fluxcord && install -d -o fluxcord -g fluxcord /data

WORKDIR /app
COPY requirements-container.txt ./
RUN python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-container.txt

COPY LICENSE app.py bot.py cli.py clock.py config.py config_values.py database_commands.py doctor.py network.py sandbox_command.py sharing.py ./
COPY cogs cogs/
COPY ui ui/
COPY services services/
COPY jobs jobs/
COPY images images/
COPY web web/
COPY flux flux/
COPY storage storage/
COPY domain domain/
COPY sandbox sandbox/

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_PATH=/data/fluxcord.db \
    DATA_DIR=/data \
    HEALTH_PORT=8081

USER fluxcord
VOLUME /data

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['HEALTH_PORT']), timeout=3); c.request('GET', '/healthz'); assert c.getresponse().status == 200"]

ENTRYPOINT ["python", "bot.py"]
