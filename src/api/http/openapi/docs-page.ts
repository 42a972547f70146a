import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/**
 * Nothing from elsewhere, no inline script; the page's own style library writes style attributes, and its icons are
 * `data:` pictures.
 */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** The description as a page, `/docs`, for viewers. All of it comes from this machine. */
export function serveDocs(app: FastifyInstance): void {
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: POLICY,
    theme: { title: 'Limen · HTTP API' },
    uiConfig: {
      // without the bar that asks for another document
      layout: 'BaseLayout',
      docExpansion: 'list',
      defaultModelsExpandDepth: -1,
      tryItOutEnabled: false,
      deepLinking: true,
    },
  });
}

/** The page's routes come without a role; this gives them one before the check that demands it. */
export function giveDocsRole(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.url !== '/docs' && !route.url.startsWith('/docs/')) return;
    route.config = { ...route.config, role: 'viewer' };
    // the page, its scripts and styles are no part of what they describe
    route.schema = { ...route.schema, hide: true };
  });
}
