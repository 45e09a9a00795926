# One image for every role: `odori serve`, `odori serve broker`, `odori serve ingest sensors` …
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE NOTICE ./
COPY kernel kernel
COPY serving serving
COPY broker broker
COPY storage storage
COPY ingest ingest
COPY oauth oauth
COPY sensors sensors
COPY dashboard dashboard
COPY city city
RUN python -m venv /opt/odori \
 && /opt/odori/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /opt/odori/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Odori" \
      org.opencontainers.image.description="Smart-city data platform: NGSI broker, de-identifying intake, boards" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/odori /opt/odori
ENV PATH=/opt/odori/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ODORI_DATA_DIR=/data \
    ODORI_HTTP_HOST=0.0.0.0 \
    ODORI_MULTISERVICE=true
RUN mkdir /data && chown nobody /data
USER nobody
VOLUME /data
EXPOSE 1026 1883
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["odori", "doctor", "--ready", "http://127.0.0.1:1026"]
ENTRYPOINT ["odori"]
CMD ["serve"]
