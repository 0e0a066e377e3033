/** What is around every page of the console: the navigation, the state of the connection, and short notifications. */

import { Redirect, Route, Switch, useLocation } from "wouter";
import { Toasts } from "../../shared/Toasts";
import { GROUPS, HOME, PAGES } from "../pages";
import { useMayWrite } from "../session";
import { AwayBar } from "./AwayBar";
import { Navigation } from "./Navigation";
import { NotFound } from "./NotFound";
import { PageBoundary } from "./PageBoundary";
import { ReadersOnly } from "./ReadersOnly";
import { SayTo, useToasts } from "./say";
import { useIsDevelopment } from "./useIsDevelopment";
import { useScroll } from "./useScroll";
import "./shell.css";

export function Shell() {
  const { toasts, say } = useToasts();
  const [path] = useLocation();
  const isDevelopment = useIsDevelopment();
  useScroll(path);
  const mayWrite = useMayWrite();
  const groups = GROUPS.filter((group) => group !== "Development" || isDevelopment);
  return (
    <SayTo value={say}>
      <div className="shell">
        <Navigation groups={groups} />
        <div className="shell-page">
          <AwayBar />
          {/* Each address begins anew, with the focus on its heading; a query belongs to the page. */}
          <main key={path} className="shell-main">
            <PageBoundary>
              <Switch>
                {PAGES.filter(({ group }) => groups.includes(group)).map((page) => (
                  <Route
                    key={page.path}
                    path={page.path}
                    component={page.isForWriting && !mayWrite ? ReadersOnly : page.Page}
                  />
                ))}
                <Route path="/">
                  <Redirect to={HOME} replace />
                </Route>
                <Route component={NotFound} />
              </Switch>
            </PageBoundary>
          </main>
          <Toasts toasts={toasts} />
        </div>
      </div>
    </SayTo>
  );
}
