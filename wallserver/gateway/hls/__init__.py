"""HLS out of the gateway: fMP4 segments and low-latency parts of the same access units that WebRTC gets.

draft-pantos-hls-rfc8216bis ("the draft"). Nothing is ever encoded or decoded here.
"""
