#!/usr/bin/env bash
# The folders that the figures of docs/accuracy.md were measured on, from a folder of labelled pictures:
#
#   scripts/evaluation-folders.sh ../shared/faces /tmp/evaluation
#
# makes OUT/liveness (live, print, screen), OUT/gallery and OUT/probes (LFW: every other person with several pictures
# is enrolled with the first, all others are strangers) and OUT/distance. Needs ffmpeg for the cuts of the clips.
set -euo pipefail
faces=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)

mkdir -p "$out"/liveness/{live,print,screen}
cp "$faces"/silent-face/_unlabelled/image_T1.jpg "$faces"/video/{zub_real.mov,clm_cap13.mp4,clm_cap12_15s.mp4} \
  "$out/liveness/live/"
cp "$faces"/silent-face/_unlabelled/image_F1.jpg "$out/liveness/print/"
cp "$faces"/silent-face/_unlabelled/image_F2.jpg "$out/liveness/screen/"
cut_clip() { ffmpeg -v error -y -ss "$2" -t "$3" -i "$faces/video/$1" "$out/liveness/$4"; }
cut_clip zub_fake.mp4 2 60 screen/zub_fake_from2s.mp4
cut_clip door-open.mp4 23 6 screen/door-open_23-29.mp4
cut_clip door-open.mp4 3 8 live/door-open_3-11.mp4
cut_clip door-open.mp4 14 6 live/door-open_14-20.mp4

mkdir -p "$out"/lfw-gallery "$out"/lfw-probes
several=0
for person in "$faces"/lfw/*/; do
  name=$(basename "$person")
  pictures=("$person"*.jpg)
  mkdir -p "$out/lfw-probes/$name"
  if ((${#pictures[@]} >= 2)) && ((several++ % 2 == 0)); then
    mkdir -p "$out/lfw-gallery/$name"
    cp "${pictures[0]}" "$out/lfw-gallery/$name/"
    cp "${pictures[@]:1}" "$out/lfw-probes/$name/"
  else
    cp "${pictures[@]}" "$out/lfw-probes/$name/"
  fi
done

mkdir -p "$out/distance/lfw"
for folder in face-api.js dlib-johns human deepface face_recognition insightface openface-cmu; do
  cp -r "$faces/$folder" "$out/distance/"
done
people=0
for person in "$faces"/lfw/*/; do
  people=$((people + 1))
  if ((people % 8 == 0)); then cp -r "$person" "$out/distance/lfw/"; fi
done
