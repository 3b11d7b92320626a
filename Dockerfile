# The command line in an image, from the npm package. How to build and run it: docs/install.md.

# The tag and the digest name the same image.
ARG NODE_IMAGE=node:24.20.0-bookworm-slim@sha256:ba849c60be29959425b8734d57b8b4b7d56f98edd9504c9af091d5281095a71e

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY . .
# No package needs its install scripts, so none runs. The lock says what the package is installed with.
RUN npm ci --ignore-scripts --no-audit --no-fund && \
    node scripts/build.mjs && \
    mkdir /packed /package && \
    npm pack --ignore-scripts --pack-destination /packed && \
    tar -xzf /packed/mirrorwatch-*.tgz -C /package --strip-components=1 && \
    cp package-lock.json /package/ && \
    cd /package && \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund && \
    rm package-lock.json

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="mirrorwatch" \
      org.opencontainers.image.description="Finds untagged and unmirrored EC2 instances in CloudTrail logs, and reports them." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    HOME=/data
COPY --from=build /package /opt/mirrorwatch
# Logs, snapshots, configuration, ledgers and reports are in the folder that is mounted here. Nothing else is written to.
WORKDIR /data
USER 65532:65532
ENTRYPOINT ["node", "/opt/mirrorwatch/dist/cli.js"]
CMD ["--help"]
