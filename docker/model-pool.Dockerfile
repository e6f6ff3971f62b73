# Starts and watches workers. Two images: `--target llama-worker` for machines without a GPU, `--target vllm` for those with.
ARG VLLM_IMAGE=vllm/vllm-openai:v0.32.0

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY .swcrc ./
COPY tools/build tools/build
COPY libs libs
COPY apps apps
RUN node tools/build/build.mjs

FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

# What model-pool itself is made of, whichever engine lies below.
FROM node:22-bookworm-slim AS program
WORKDIR /app
COPY package.json ./
COPY models models
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/apps/model-pool dist/apps/model-pool
COPY --from=build /app/dist/apps/llama-worker dist/apps/llama-worker

FROM node:22-bookworm-slim AS llama-worker
ENV NODE_ENV=production POOL_HOST=0.0.0.0 POOL_PORT=8100 STATE_DIRECTORY=/tmp/interleave
COPY --from=program /app /app
WORKDIR /app
USER node
EXPOSE 8100
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.POOL_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/model-pool/src/main.js"]

FROM ${VLLM_IMAGE} AS vllm
ENV NODE_ENV=production POOL_HOST=0.0.0.0 POOL_PORT=8100 STATE_DIRECTORY=/tmp/interleave
COPY --from=program /usr/local/bin/node /usr/local/bin/node
COPY --from=program /app /app
WORKDIR /app
EXPOSE 8100
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.POOL_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT []
CMD ["node", "--enable-source-maps", "dist/apps/model-pool/src/main.js"]
