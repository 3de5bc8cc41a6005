# SPDX-License-Identifier: Apache-2.0
# A pod to try things with: a shell, ping, iperf3 and such. Nothing of Weft is in it; any image does as a pod.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN { command -v iperf3 && command -v ping && command -v ip; } >/dev/null || \
  { apt-get update && apt-get install -y --no-install-recommends iproute2 iputils-ping iperf3 && rm -rf /var/lib/apt/lists/*; }
# Ends at once when told to: a shell as process 1 would ignore the signal.
CMD ["sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done"]
