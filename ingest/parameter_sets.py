"""A stream's parameter sets: kept as they come, put before every keyframe, asked for the picture's size."""

from __future__ import annotations

from dataclasses import dataclass

from ingest import annexb
from ingest.access_unit import Codec
from ingest.bits import BitReader, unescape

# Profiles whose SPS has the chroma format and scaling lists (ITU-T H.264, 7.3.2.1.1).
_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))

# pic_parameter_set_id (7.4.2.2).
MAX_ID = 255
# All that are kept are put before every keyframe: a camera that counts their ids up would send us little and have us
# send much. Cameras have one to three of each kind, of some hundred bytes together.
MAX_PPS = 64
MAX_OTHERS = 8  # SPS, and VPS
MAX_KEPT_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What an SPS says: size in pixels after cropping, and whether pictures may come in another order."""

    width: int
    height: int
    reorders: bool


def parse_sps(codec: Codec, nal: bytes) -> PictureFormat:
    """Read an SPS (with its NAL header). Raises ValueError when it is not one."""
    try:
        return _parse_h264(nal) if codec is Codec.H264 else _parse_h265(nal)
    except EOFError as error:
        raise ValueError("an SPS that ends too early") from error


def _parse_h264(nal: bytes) -> PictureFormat:
    reader = BitReader(unescape(nal[1:]))
    profile = reader.bits(8)
    reader.skip(16)  # constraint flags, level
    reader.ue()  # seq_parameter_set_id
    chroma, separate = 1, False
    if profile in _HIGH_PROFILES:
        chroma = reader.ue()
        if chroma == 3:
            separate = reader.flag()
        reader.ue()  # bit depths
        reader.ue()
        reader.skip(1)  # qpprime_y_zero_transform_bypass_flag
        if reader.flag():
            _skip_scaling_lists(reader, 12 if chroma == 3 else 8)
    reader.ue()  # log2_max_frame_num_minus4
    order_type = reader.ue()
    if order_type == 0:
        reader.ue()
    elif order_type == 1:
        reader.skip(1)
        reader.se()
        reader.se()
        for _ in range(min(reader.ue(), 255)):
            reader.se()
    reader.ue()  # max_num_ref_frames
    reader.skip(1)  # gaps_in_frame_num_value_allowed_flag
    width = (reader.ue() + 1) * 16
    map_units = reader.ue() + 1
    frames_only = reader.flag()
    if not frames_only:
        reader.skip(1)  # mb_adaptive_frame_field_flag
    reader.skip(1)  # direct_8x8_inference_flag
    height = (2 - frames_only) * map_units * 16
    if reader.flag():
        sub_width, sub_height = _chroma_steps(0 if separate else chroma)
        left, right, top, bottom = (reader.ue() for _ in range(4))
        width -= (left + right) * sub_width
        height -= (top + bottom) * sub_height * (2 - frames_only)
    # An H.264 SPS rarely says whether it reorders (VUI); the slices do: annexb.is_b_slice.
    return _checked(width, height, reorders=False)


def _skip_scaling_lists(reader: BitReader, count: int) -> None:
    """7.3.2.1.1.1"""
    for index in range(count):
        if not reader.flag():
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + reader.se()) % 256
            last = following or last


def _parse_h265(nal: bytes) -> PictureFormat:
    """7.3.2.2.1"""
    reader = BitReader(unescape(nal[2:]))
    reader.skip(4)  # sps_video_parameter_set_id
    sub_layers = reader.bits(3)  # minus one
    reader.skip(1)
    _skip_profile_tier_level(reader, sub_layers)
    reader.ue()  # sps_seq_parameter_set_id
    chroma = reader.ue()
    if chroma == 3 and reader.flag():
        chroma = 0
    width, height = reader.ue(), reader.ue()
    if reader.flag():
        sub_width, sub_height = _chroma_steps(chroma)
        left, right, top, bottom = (reader.ue() for _ in range(4))
        width -= (left + right) * sub_width
        height -= (top + bottom) * sub_height
    reader.ue()  # bit depths
    reader.ue()
    reader.ue()  # log2_max_pic_order_cnt_lsb_minus4
    reorder = 0
    for _ in range(1 if not reader.flag() else sub_layers + 1):
        reader.ue()  # sps_max_dec_pic_buffering_minus1
        reorder = max(reorder, reader.ue())
        reader.ue()  # sps_max_latency_increase_plus1
    return _checked(width, height, reorders=reorder > 0)


def _skip_profile_tier_level(reader: BitReader, sub_layers: int) -> None:
    """7.3.3, with profilePresentFlag = 1."""
    reader.skip(96)  # general profile, its constraint flags, level
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.skip(2 * (8 - sub_layers))
    for profile, level in present:
        reader.skip(88 * profile + 8 * level)


def _chroma_steps(chroma: int) -> tuple[int, int]:
    """SubWidthC, SubHeightC (table 6-1); 1, 1 for monochrome and for three separate planes."""
    return {1: (2, 2), 2: (2, 1)}.get(chroma, (1, 1))


def _checked(width: int, height: int, *, reorders: bool) -> PictureFormat:
    if not (0 < width <= 16384 and 0 < height <= 16384):
        raise ValueError(f"an SPS with an impossible size, {width}×{height}")
    return PictureFormat(width, height, reorders)


class ParameterSets:
    """The newest parameter sets of one stream, by kind and id.

    Cameras send them once in the SDP, or before each keyframe, or when they change; without them a viewer that
    comes later sees nothing, or green. `format` is None until a readable SPS has come.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._sets: dict[tuple[int, int], bytes] = {}
        self.format: PictureFormat | None = None

    def learn(self, nal: bytes) -> None:
        """Take a parameter set (a NAL unit without start code); one that cannot be read is passed over."""
        kind = annexb.nal_type(self._codec, nal)
        try:
            key = (kind, self._identity(kind, nal))
            if self._sets.get(key) == nal or key[1] > MAX_ID:
                return
            if kind in (annexb.H264_SPS, annexb.H265_SPS):
                self.format = parse_sps(self._codec, nal)
        except (EOFError, ValueError):
            return
        self._sets.pop(key, None)  # a new one is the last to be dropped
        self._sets[key] = nal
        self._drop_oldest(kind)

    def __contains__(self, nal: bytes) -> bool:
        """Whether this one is kept, byte for byte."""
        return nal in self._sets.values()

    @property
    def complete(self) -> bool:
        """Whether a decoder could begin: at least one of each kind."""
        needed = (annexb.H264_SPS, annexb.H264_PPS)
        if self._codec is Codec.H265:
            needed = (
                annexb.H265_SPS,
                annexb.H265_PPS,
            )  # a VPS is required by the letter, and missed by no decoder
        return set(needed) <= {kind for kind, _ in self._sets}

    def before(self, nals: list[bytes]) -> list[bytes]:
        """A keyframe's NAL units with all parameter sets in front, each once, in the order decoders want."""
        kinds = [annexb.nal_type(self._codec, nal) for nal in nals]
        rest = [nal for nal, kind in zip(nals, kinds, strict=True) if not annexb.is_parameter_set(self._codec, kind)]
        return [self._sets[key] for key in sorted(self._sets)] + rest

    def _drop_oldest(self, kind: int) -> None:
        same = [key for key in self._sets if key[0] == kind]
        if len(same) > (MAX_PPS if kind in (annexb.H264_PPS, annexb.H265_PPS) else MAX_OTHERS):
            del self._sets[same[0]]
        while sum(map(len, self._sets.values())) > MAX_KEPT_BYTES:
            del self._sets[next(iter(self._sets))]

    def _identity(self, kind: int, nal: bytes) -> int:
        """The id that slices and other sets call this one by."""
        if self._codec is Codec.H264:
            return BitReader(unescape(nal[4 if kind == annexb.H264_SPS else 1 :][:12])).ue()
        if kind == annexb.H265_PPS:
            return BitReader(unescape(nal[2:14])).ue()
        # The SPS id stands behind the whole profile; a camera has one SPS, as it has one VPS.
        return 0
