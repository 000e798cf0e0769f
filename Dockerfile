# Ragstone in a container, for amd64 and arm64: docker build --tag ragstone .
#
# Nothing is fetched when it starts: ONNX Runtime, PDFium and the embedding model are in the image, from the packages that
# config/runtime.lock pins by hash. It writes to /data and /tmp alone, so its root can be read-only. Give the build several gigabytes of
# memory and disk; the first one takes a while, since the vector store is compiled. For the other architecture it is best built on a
# machine of that kind (`docker buildx build --platform linux/arm64` with a builder there): emulated, it takes hours.

FROM python:3.12-slim-bookworm AS runtime
WORKDIR /src
COPY config/setup.py config/runtime.lock config/
RUN python3 config/setup.py --into /runtime

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
# The C compiler that the image has is all that the dependencies need.
COPY . .
RUN cargo build --release --locked --package ragstone
# By itself, as the Makefile does it: it has features and libraries of its own.
RUN cargo build --release --locked --package ragstone-extract

FROM debian:bookworm-slim
# `git` reads repositories; leave it out with `--build-arg PACKAGES=`, or add `tesseract-ocr` for pages without text (extract.recognise).
ARG PACKAGES="git"
# Certificates for language models behind https, the C++ library for ONNX Runtime.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 ${PACKAGES} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin ragstone \
    && install --directory --owner ragstone --group ragstone /data
# The program finds the one that reads documents beside it, and `.runtime` in a folder above its own.
COPY --from=build /src/target/release/ragstone /src/target/release/ragstone-extract /opt/ragstone/bin/
COPY --from=runtime /runtime /opt/ragstone/.runtime
COPY LICENSE /opt/ragstone/LICENSE
ENV PATH=/opt/ragstone/bin:$PATH \
    RAGSTONE__DATA_DIR=/data \
    RAGSTONE__SERVER__BIND=0.0.0.0:7575
# By number, so that Kubernetes can see that it is not root.
USER 10001
WORKDIR /data
VOLUME /data
# Whoever reaches this port can read and delete everything: publish it on loopback only, as docker-compose.yml does.
EXPOSE 7575
STOPSIGNAL SIGTERM
# Of a server, and of a worker that is told to listen there. The image has no curl, and bash can open a connection itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/7575 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["ragstone"]
CMD ["serve"]
