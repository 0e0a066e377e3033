/** What is needed less often: the layout, full screen, a small window, the settings. */

import {
  Activity,
  Ellipsis,
  LayoutGrid,
  LayoutTemplate,
  type LucideIcon,
  Maximize,
  Minimize,
  PictureInPicture2,
  Settings,
  Sparkles,
} from "lucide-react";
import { text } from "../languages/text";
import { BarButton } from "./BarButton";
import type { Choices } from "./choices";
import type { Layout } from "./layout/scene";
import { Menu, MenuItem } from "./Menu";
import { toggleFullScreen, useFullScreen } from "./useFullScreen";
import type { SmallWindow } from "./useSmallWindow";

interface Props {
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  /** Absent where the browser has none. */
  smallWindow: SmallWindow | null;
  openSettings: () => void;
  openDetails: () => void;
}

const LAYOUTS: readonly (readonly [Layout, LucideIcon])[] = [
  ["automatic", Sparkles],
  ["grid", LayoutGrid],
  ["speaker", LayoutTemplate],
];

export function MoreMenu({ choices, choose, smallWindow, openSettings, openDetails }: Props) {
  const fullScreen = useFullScreen();
  return (
    <Menu
      label={text("bar.more")}
      opener={(opener) => (
        <BarButton label={text("bar.more")} hint={text("bar.more.hint")} {...opener}>
          <Ellipsis />
        </BarButton>
      )}
    >
      <fieldset className="menu-group" aria-label={text("layout.layout")}>
        {LAYOUTS.map(([choice, Icon]) => (
          <MenuItem
            key={choice}
            icon={<Icon />}
            isRadio
            checked={choice === choices.layout}
            onSelect={() => choose({ layout: choice })}
          >
            {text(`layout.${choice}`)}
          </MenuItem>
        ))}
      </fieldset>
      {fullScreen && (
        <MenuItem
          icon={fullScreen.isOn ? <Minimize /> : <Maximize />}
          onSelect={() => toggleFullScreen(document.documentElement)}
        >
          {text(fullScreen.isOn ? "screen.full.leave" : "screen.full")}
        </MenuItem>
      )}
      {smallWindow && (
        <MenuItem icon={<PictureInPicture2 />} onSelect={smallWindow.toggle}>
          {text(smallWindow.body ? "screen.small.close" : "screen.small")}
        </MenuItem>
      )}
      <MenuItem icon={<Settings />} onSelect={openSettings}>
        {text("bar.settings")}
      </MenuItem>
      <MenuItem icon={<Activity />} onSelect={openDetails}>
        {text("details.title")}
      </MenuItem>
    </Menu>
  );
}
