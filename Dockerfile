# The image holds what runs and nothing else: the sources (Node 24 runs TypeScript as it is) and the production
# dependencies. test/project/dockerfile.test.ts walks these lines against the tree and starts the CMD.
FROM node:24-slim

ENV NODE_ENV=production
# The configuration file: mount it here, or set this to where it is.
ENV SLUICE_CONFIG=/etc/sluice/sluice.yml
# Where Sluice listens in the container. It goes before server.port of the file, so that HEALTHCHECK knows it too.
ENV PORT=3000

WORKDIR /app

# /data is the store with its audit log; the link makes the default data folder be the volume. The other link is
# for `docker exec CONTAINER sluice …`.
RUN mkdir -p /etc/sluice \
 && install -d -o node -g node -m 0700 /data \
 && ln -s /data /app/data \
 && ln -s /app/src/cli/main.ts /usr/local/bin/sluice

# No production dependency needs an install script: better-sqlite3 brings its binaries along.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && npm cache clean --force

COPY LICENSE ./
COPY src ./src
COPY handlers ./handlers
COPY commands ./commands

# The user `node` of the base image, by number: a cluster that refuses root can check it.
USER 1000:1000
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`, { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# As `npm start`: without the limits Node and its allocator let memory grow to several times what Sluice needs, and
# share out the collecting of garbage to more threads than there are processors for.
ENV MALLOC_ARENA_MAX=2
ENV MALLOC_TRIM_THRESHOLD_=131072
CMD ["node", "--max-semi-space-size=4", "--no-parallel-scavenge", "--max-old-space-size=384", "--v8-pool-size=2", "src/main.ts"]
