#!/usr/bin/env sh
# Installs Suyuan from this archive into ./suyuan (or the folder given), without any network.
# 从本压缩包离线安装诉源到 ./suyuan（或指定目录），不需要网络。
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-suyuan}
"${PYTHON:-python3}" -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-index --find-links "$here/wheels" suyuan
echo "Installed 已安装: $target/bin/suyuan"
echo "Start with a sample city 用样例城市试用: $target/bin/suyuan demo"
