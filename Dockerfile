# Galley for production: docker build -t galley . && docker run -p 3000:3000 -e DATABASE_URL=postgres://… -e GALLEY_SECRETS_KEY=… galley
# There is no embedded PostgreSQL inside, on purpose: DATABASE_URL has to be set, and so has GALLEY_SECRETS_KEY.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json nest-cli.json ormconfig.ts ./
COPY src ./src
RUN npm run build

FROM node:24-slim AS runtime
ENV NODE_ENV=production
ENV PORT=3000
ENV HOST=0.0.0.0
# glibc keeps memory for each thread that ever asked for some; two such pools are enough.
ENV MALLOC_ARENA_MAX=2
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# TypeScript is an optional peer of @nestjs/swagger's compiler plugin, so npm keeps it; nothing needs it any more.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev && rm -rf node_modules/typescript node_modules/.bin/tsc node_modules/.bin/tsserver
COPY --from=build /app/dist ./dist
# What Galley keeps in files; mount a volume here to keep it longer than the container.
RUN mkdir .galley && chown node:node .galley
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# V8 lets the heap grow as large as the machine allows; a third of that serves as well.
CMD ["node", "--max-semi-space-size=16", "--max-old-space-size=256", "dist/src/main.js"]
