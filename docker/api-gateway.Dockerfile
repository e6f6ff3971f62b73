# The OpenAI API.
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
# The engine's binaries are of use to model-pool only.
RUN npm ci --omit=dev && npm pkg delete dependencies.node-llama-cpp && npm prune --omit=dev && npm cache clean --force

FROM node:22-bookworm-slim
ENV NODE_ENV=production API_HOST=0.0.0.0 API_PORT=8000
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY docker/service-token.mjs docker/
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/apps/api-gateway dist/apps/api-gateway
USER node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.API_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/api-gateway/src/main.js"]
