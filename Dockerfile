# The program in a container, for Jobs in the cluster (deploy/). It runs as nobody in particular, with a
# read-only root: it writes only below /data, and only when a command is told to. Both stages are of the
# platform that the image is for.
#
#   docker build -t kubectl-releases .
#   docker run --rm --read-only --user "$(id -u)" -v "$HOME/.kube/config:/data/.kube/config:ro" \
#     kubectl-releases list -A
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm run package -- --only host --out /packages \
 && mkdir /program \
 && tar -xzf /packages/kubectl-releases_*_linux_*.tar.gz -C /program

# What the program needs of a system is the C library.
FROM debian:bookworm-slim
COPY --from=build /program/kubectl-releases /usr/local/bin/
COPY --from=build /program/LICENSE /program/THIRD-PARTY-NOTICES.txt /program/sbom.cdx.json /usr/share/doc/kubectl-releases/
ENV HOME=/data
WORKDIR /data
USER 65532:65532
ENTRYPOINT ["kubectl-releases"]
