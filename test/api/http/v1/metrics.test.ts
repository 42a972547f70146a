import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CameraView } from '../../../../src/services/viewing/camera-view.ts';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { serve } from '../serving.ts';

test('figures of the door, the queue, the store and the journal; nobody is named', async (t) => {
  const view = new CameraView({
    ...{ door: 'front', camera: 'stills:', encoder: { encodeJpeg: async () => new Uint8Array() } },
    clock: { nowMs: () => 250, wall: () => new Date(0), wallSynced: () => true, after: () => () => {} },
    counts: () => ({ captured: 12, dropped: 2 }),
  });
  const { url, journal, enrolment } = await serve(t, { views: [view] });
  const anna = { gallery: 'default', id: 'anna-the-secret' };
  await enrolment.enrol({ person: anna, image: await picture({ person: 1 }), actor: 'cli' });
  for (const latencyMs of [40, 260]) {
    journal.append({ type: 'access.granted', door: 'front', person: anna, latencyMs });
  }
  journal.append({ type: 'access.denied', door: 'front', reason: 'unknown_face' });
  const frame = { width: 2, height: 1, data: new Uint8Array(6), seq: 0, capturedAtMs: 0 };
  view.show({ frame, faces: [], stages: new Map([['detect', { wallMs: 1_500, inferenceMs: 1_000 }]]) });
  const response = await fetch(`${url}/v1/metrics`);
  assert.match(String(response.headers.get('content-type')), /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const line of [
    'limen_events_total{type="access.granted"} 2',
    'limen_access_denied_total{door="front",reason="unknown_face"} 1',
    'limen_grant_latency_seconds_bucket{le="0.05",door="front"} 1',
    'limen_grant_latency_seconds_count{door="front"} 2',
    'limen_camera_up{door="front"} 1',
    'limen_frames_captured{door="front"} 12',
    'limen_frames_dropped{door="front"} 2',
    'limen_frames_processed{door="front"} 1',
    'limen_frame_age_seconds{door="front"} 0.25',
    'limen_stage_seconds{door="front",stage="detect",part="inference"} 1',
    'limen_requests_waiting 0',
    'limen_enrolled{what="people"} 1',
    'limen_journal_last_seq 4',
    'limen_journal_undelivered 0',
  ]) {
    assert.ok(text.includes(`${line}\n`), line);
  }
  assert.match(text, /\nprocess_resident_memory_bytes \d{7,}\n/);
  assert.doesNotMatch(text, /anna|default\//);
});
