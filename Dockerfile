# Three images from one file; CONTRIBUTING.md and docs/semsam-vllm.md show them in use.
#   docker build -t misground .                          the command line: build, validate, look; no torch
#   docker build -t misground-eval --target eval .       evaluation and reports, with torch
#   docker build -t misground-vllm --target server .     a vLLM server that knows the decoding rule
# Run them with the folder that holds your data:
#   docker run --rm -v "$PWD:/data" --user "$(id -u):$(id -g)" misground build labelmap:scans -o mini --preset mini

ARG PYTHON=3.13
ARG VLLM=v0.32.0

FROM python:${PYTHON}-slim-trixie AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src ./src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

# The rule's package comes without its dependencies: vLLM has them.
FROM vllm/vllm-openai:${VLLM} AS server
COPY --from=wheel /wheels /wheels
RUN python3 -m pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:${PYTHON}-slim-trixie AS base
COPY constraints.txt /
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir -c /constraints.txt "$(ls /wheels/*.whl)[dicom,segmentations]"
# Whoever runs the image writes to /data; caches are kept there too.
RUN mkdir --mode=1777 /data && useradd --uid 1000 --home-dir /data misground
ENV HOME=/data
WORKDIR /data
ENTRYPOINT ["misground"]
CMD ["--help"]

# TORCH names another build of torch, such as cu130, to run local models on a GPU.
FROM base AS eval
ARG TORCH=cpu
RUN pip install --no-cache-dir -c /constraints.txt --no-deps --index-url "https://download.pytorch.org/whl/${TORCH}" torch \
    && pip install --no-cache-dir -c /constraints.txt "$(ls /wheels/*.whl)[eval,hf,report]"
USER 1000

FROM base AS cli
USER 1000
