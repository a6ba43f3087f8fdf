# docker build -t ps-stream . && docker run -p 8000:8000 ps-stream --kafka kafka:9092 collect
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN make build && strip --output=/ps-stream target/release/ps-stream

FROM debian:bookworm-slim
# The newest of Debian's stable versions are wanted, with their security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home ps-stream
COPY --from=build /ps-stream /usr/local/bin/ps-stream
USER 10001:10001
# For the health check, metrics and probes. It shows no data and takes no orders.
ENV PSSTREAM_ADMIN=0.0.0.0:9464
EXPOSE 8000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["ps-stream", "health"]
ENTRYPOINT ["ps-stream"]
CMD ["--help"]
