# Runs Python in sandboxes: containers of the engine whose socket it is given.
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
ENV NODE_ENV=production TOOL_HOST=0.0.0.0 TOOL_PORT=30150
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
# The sandbox image is built on the engine at the first start, from here.
COPY docker/sandbox docker/sandbox
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/apps/tool-server dist/apps/tool-server
# Root, without a single capability in compose.yaml: the engine's socket belongs to root and to a group whose number differs from
# machine to machine. Whoever may use that socket is root on the machine anyway; no other container gets it.
# Where the number is known: `docker run --user 1000 --group-add "$(stat -c %g /var/run/docker.sock)"`.
EXPOSE 30150
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TOOL_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/tool-server/src/main.js"]
