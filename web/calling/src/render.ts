/** Shows streams in the page: a view is a box with a video element, which the app places. */

import { failure, NO_STREAM } from "./errors";
import { type Picture, pictureOf } from "./streams";
import type {
  CreateViewOptions,
  LocalVideoStream,
  RemoteVideoStreamCommon,
  ScalingMode,
  StreamSize,
  VideoStreamRenderer,
  VideoStreamRendererView,
} from "./types";

const FIT: Record<ScalingMode, string> = { Crop: "cover", Fit: "contain", Stretch: "fill" };

class View implements VideoStreamRendererView {
  readonly target: HTMLElement;
  readonly isMirrored: boolean;
  scalingMode: ScalingMode;
  readonly #video = document.createElement("video");

  constructor(
    options: CreateViewOptions,
    private readonly picture: Picture,
    private readonly onDispose: (view: View) => void,
  ) {
    this.isMirrored = options.isMirrored ?? false;
    this.scalingMode = options.scalingMode ?? "Crop";
    const video = this.#video;
    Object.assign(video, { autoplay: true, playsInline: true, muted: true });
    Object.assign(video.style, {
      display: "block",
      width: "100%",
      height: "100%",
      objectFit: FIT[this.scalingMode],
      transform: this.isMirrored ? "scaleX(-1)" : "",
    });
    this.target = document.createElement("div");
    Object.assign(this.target.style, { width: "100%", height: "100%", overflow: "hidden" });
    this.target.append(video);
  }

  show = (): Promise<void> => this.picture.show(this.#video);

  updateScalingMode = async (scalingMode: ScalingMode): Promise<void> => {
    this.scalingMode = scalingMode;
    this.#video.style.objectFit = FIT[scalingMode];
  };

  dispose = (): void => {
    this.picture.hide(this.#video);
    this.target.remove();
    this.onDispose(this);
  };
}

export class Renderer implements VideoStreamRenderer {
  readonly #picture: Picture;
  readonly #views = new Set<View>();

  constructor(stream: LocalVideoStream | RemoteVideoStreamCommon) {
    const picture = pictureOf(stream);
    if (!picture) throw failure(NO_STREAM);
    this.#picture = picture;
  }

  get size(): StreamSize {
    return this.#picture.size;
  }

  /** Return a view at once, because the app places its box before the first frame arrives. */
  createView = async (options: CreateViewOptions = {}): Promise<VideoStreamRendererView> => {
    const view = new View(options, this.#picture, (gone) => this.#views.delete(gone));
    this.#views.add(view);
    try {
      await view.show();
    } catch (error) {
      this.#views.delete(view);
      throw error;
    }
    // The view was disposed while the camera was opening.
    if (!this.#views.has(view)) view.dispose();
    return view;
  };

  dispose = (): void => {
    for (const view of [...this.#views]) view.dispose();
  };
}
