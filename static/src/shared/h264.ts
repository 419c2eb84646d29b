/**
 * H.264 as the gateway sends it, and its retransmission: with every codec an offer of 36 slots is four times as large,
 * and pictures come half a second later. Browsers decode every profile under the name of the simplest.
 */
export function playable(codecs: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  const h264 = codecs.filter(({ mimeType }) => /^video\/h264$/i.test(mimeType));
  const simplest = h264.filter(({ sdpFmtpLine = "" }) => /packetization-mode=1/.test(sdpFmtpLine) && /=42e0/i.test(sdpFmtpLine));
  return [...(simplest.length > 0 ? simplest : h264), ...codecs.filter(({ mimeType }) => /^video\/rtx$/i.test(mimeType))];
}
