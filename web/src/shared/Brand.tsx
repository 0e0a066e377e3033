import { type Branding, brandingOf } from "./branding";
import icon from "./icon.svg";

/** The operator's logo or name at the head of a page, or ours. */
export function Brand() {
  const branding = brandingOf();
  if (branding?.logo) return <Logo branding={branding} logo={branding.logo} />;
  if (branding) return <span className="brand-name">{branding.name}</span>;
  return (
    <>
      <img src={icon} alt="" width="28" height="28" />
      <span>openrooms</span>
    </>
  );
}

function Logo({ branding, logo }: { branding: Branding; logo: string }) {
  return (
    <picture className={branding.darkLogo ? "logo" : "logo plated"}>
      {branding.darkLogo && <source media="(prefers-color-scheme: dark)" srcSet={branding.darkLogo} />}
      <img src={logo} alt={branding.name} />
    </picture>
  );
}

/** The operator's logo in the call, which is always dark. */
export function DarkLogo() {
  const branding = brandingOf();
  if (!branding?.logo) return null;
  return (
    <span className={branding.darkLogo ? "logo" : "logo plated"}>
      <img src={branding.darkLogo ?? branding.logo} alt={branding.name} />
    </span>
  );
}
