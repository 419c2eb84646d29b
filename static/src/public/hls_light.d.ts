// The part of hls.js without subtitles, other sounds and advertisements; it has no types of its own.
declare module "hls.js/light" {
  import Hls from "hls.js";
  export default Hls;
}
